/** The text of the first configuration. It says what it needs and nothing else, so that every line can be explained. */
import { stringify } from 'yaml'
import type { Answers } from './questions.ts'

/** What the text is made of. */
export interface Plan extends Answers {
  /** Port to listen on. */
  readonly port: number
  /** Hash of the first API key. */
  readonly keyHash?: string | undefined
}

/** Name of the JSON Schema, beside the configuration. */
export const SCHEMA_FILE = 'gateway.schema.json'

/** The file as YAML. Its first line names the schema to editors. */
export function renderYaml(plan: Plan): string {
  const { start, port, mode } = plan
  const isShadow = start === 'auth' && mode === 'shadow'
  return [
    `# yaml-language-server: $schema=./${SCHEMA_FILE}`,
    'listen:',
    `  port: ${port}`,
    ...(start === 'routing' ? [] : [`upstream: ${scalar(plan.upstream)}`]),
    'plugins:',
    `  - use: '@postern/plugin-${start}'`,
    ...(isShadow
      ? [
          '    # Everybody passes; who would be refused is recorded. enforce refuses them.',
          '    mode: shadow',
        ]
      : []),
    ...optionLines(plan),
    '',
  ].join('\n')
}

function optionLines(plan: Plan): string[] {
  const { start, credentials } = plan
  if (start === 'routing')
    return [
      '    options:',
      '      services:',
      `        ${scalar(plan.service)}:`,
      '          endpoints:',
      `            - ${scalar(plan.upstream)}`,
      '      routes:',
      '        - match:',
      `            path: ${scalar(plan.path)}`,
      `          to: ${scalar(plan.service)}`,
    ]
  if (start !== 'auth') return []
  if (credentials === 'api-keys')
    return [
      '    options:',
      '      apiKeys:',
      '        keys:',
      '          # The hash of the key; the key itself stands nowhere.',
      `          - id: ${scalar(plan.caller)}`,
      `            hash: ${scalar(plan.keyHash)}`,
    ]
  return [
    '    options:',
    '      jwt:',
    '        # Its keys are found by OpenID discovery at this address.',
    `        - issuer: ${scalar(plan.issuer)}`,
    `          audience: ${scalar(plan.audience)}`,
    '          algorithms: [ES256, RS256]',
  ]
}

/** The file as TypeScript. */
export function renderModule(plan: Plan): string {
  const { start = '', port } = plan
  return [
    "import { defineConfig } from '@postern/cli'",
    `import { ${start} } from '@postern/plugin-${start}'`,
    '',
    'export const config = defineConfig({',
    `  listen: { port: ${port} },`,
    ...(start === 'routing' ? [] : [`  upstream: ${quoted(plan.upstream)},`]),
    '  plugins: [',
    ...callLines(plan).map((line) => `    ${line}`),
    '  ],',
    '})',
    '',
  ].join('\n')
}

function callLines(plan: Plan): string[] {
  const { start, credentials, mode } = plan
  if (start === 'trace') return ['trace(),']
  if (start === 'routing')
    return [
      'routing({',
      `  services: { ${quoted(plan.service)}: { endpoints: [${quoted(plan.upstream)}] } },`,
      `  routes: [{ match: { path: ${quoted(plan.path)} }, to: ${quoted(plan.service)} }],`,
      '}),',
    ]
  const options =
    credentials === 'api-keys'
      ? [
          '// The hash of the key; the key itself stands nowhere.',
          `{ apiKeys: { keys: [{ id: ${quoted(plan.caller)}, hash: ${quoted(plan.keyHash)} }] } },`,
        ]
      : [
          '{',
          '  jwt: [',
          '    {',
          '      // Its keys are found by OpenID discovery at this address.',
          `      issuer: ${quoted(plan.issuer)},`,
          `      audience: ${quoted(plan.audience)},`,
          "      algorithms: ['ES256', 'RS256'],",
          '    },',
          '  ],',
          '},',
        ]
  const settings =
    mode === 'shadow'
      ? [
          "// Everybody passes; who would be refused is recorded. 'enforce' refuses them.",
          "{ mode: 'shadow' },",
        ]
      : []
  return ['auth(', ...[...options, ...settings].map((line) => `  ${line}`), '),']
}

function scalar(value = ''): string {
  return stringify(value, { lineWidth: 0, singleQuote: true }).trimEnd()
}

function quoted(value = ''): string {
  const inner = JSON.stringify(value).slice(1, -1)
  return `'${inner.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

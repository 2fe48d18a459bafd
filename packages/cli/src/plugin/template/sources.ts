/** The code of a new plugin: small, whole, and of its fault class. */
import type { PluginPlan } from '../plan.ts'

/** The files by path. */
export function sources(plan: PluginPlan): Record<string, string> {
  return {
    'src/index.ts': `export type { ${plan.type}Options } from './options.ts'\nexport { ${plan.factory} } from './plugin.ts'\n`,
    'src/manifest.ts': MANIFEST,
    'src/options.ts': OPTIONS[plan.schema](plan, FIELDS[plan.fault](plan)),
    'src/plugin.ts': PLUGIN[plan.fault](plan),
  }
}

/** Written once, in package.json: from there it goes to npm, into logs and to the checks. */
const MANIFEST = `import { createRequire } from 'node:module'

interface Manifest {
  readonly name: string
  readonly version: string
}

// One folder above both src/ and dist/.
export const manifest = createRequire(import.meta.url)('../package.json') as Manifest
`

/** An option. */
interface Field {
  readonly name: string
  readonly words: string
  readonly type: 'string' | 'number'
  /** As source text. */
  readonly default: string
  readonly valibot: string
  readonly zod: string
}

const header = (words: string, value: string): Field => ({
  name: 'header',
  words,
  type: 'string',
  default: `'${value}'`,
  valibot: "v.pipe(v.string(), v.regex(/^[a-z0-9-]+$/, 'Expected the name of a header in lower case'))",
  zod: "z.string().regex(/^[a-z0-9-]+$/, 'Expected the name of a header in lower case')",
})

const FIELDS: Readonly<Record<PluginPlan['fault'], (plan: PluginPlan) => readonly Field[]>> = {
  guard: ({ short }) => [
    header('Request header that has to be there, in lower case.', `x-${headerWord(short)}`),
  ],
  observer: () => [
    {
      name: 'fromStatus',
      words: 'Answers of this status and above are counted.',
      type: 'number',
      default: '500',
      valibot: 'v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(599))',
      zod: 'z.int().min(100).max(599)',
    },
  ],
  transform: ({ short }) => [
    header('Response header that is set, in lower case.', `x-${headerWord(short)}`),
    {
      name: 'value',
      words: 'Its value.',
      type: 'string',
      default: "'on'",
      valibot: "v.pipe(v.string(), v.regex(/^[\\x20-\\x7e]+$/, 'Expected printable ASCII'))",
      zod: "z.string().regex(/^[\\x20-\\x7e]+$/, 'Expected printable ASCII')",
    },
  ],
}

const headerWord = (short: string): string => short.replaceAll(/[^a-z0-9]+/g, '-')

function interfaces({ type }: PluginPlan, fields: readonly Field[]): string {
  const given = fields.map(
    (field) =>
      `  /** ${field.words} Default: ${field.default.replaceAll("'", '`')}. */\n  readonly ${field.name}?: ${field.type} | undefined\n`,
  )
  return `/** What people write in a configuration. */
export interface ${type}Options {
${given.join('')}}

/** The same with defaults filled in. */
export type Resolved${type}Options = { readonly [TKey in keyof ${type}Options]-?: NonNullable<${type}Options[TKey]> }
`
}

type Options = (plan: PluginPlan, fields: readonly Field[]) => string

const OPTIONS: Readonly<Record<PluginPlan['schema'], Options>> = {
  valibot: (plan, fields) => `import type { OptionsSchema } from '@postern/core'
import * as v from 'valibot'

${interfaces(plan, fields)}
// Strict: a typo is an error with a suggestion. The descriptions go into the JSON Schema that editors read.
export const schema: OptionsSchema<${plan.type}Options, Resolved${plan.type}Options> = v.strictObject({
${fields.map((field) => `  ${field.name}: v.pipe(\n    v.optional(${field.valibot}, ${field.default}),\n    v.description('${field.words}'),\n  ),\n`).join('')}})
`,
  zod: (plan, fields) => `import type { OptionsSchema } from '@postern/core'
import * as z from 'zod'

${interfaces(plan, fields)}
// Strict: a typo is an error with a suggestion. The descriptions go into the JSON Schema that editors read.
export const schema: OptionsSchema<${plan.type}Options, Resolved${plan.type}Options> = z.strictObject({
${fields.map((field) => `  ${field.name}: ${field.zod}\n    .default(${field.default})\n    .describe('${field.words}'),\n`).join('')}})
`,
}

const PLUGIN: Readonly<Record<PluginPlan['fault'], (plan: PluginPlan) => string>> = {
  guard: ({
    factory,
    area,
  }) => `import { defineErrors, definePlugin, GatewayError, getHeader } from '@postern/core'
import { manifest } from './manifest.ts'
import { schema } from './options.ts'

// The text goes to clients: no names, no values, no causes.
defineErrors({
  GW_${area}_MISSING: {
    status: 400,
    source: 'client',
    stage: 'hooks',
    retryable: false,
    text: 'A required header is missing.',
  },
})

/** Refuses requests without the header. */
export const ${factory} = definePlugin({
  ...manifest,
  api: '1.0',
  fault: 'guard',
  options: schema,
  setup({ hooks }, { header }) {
    hooks.onRoute.tap((route) => {
      route.hooks.preForward.tap(({ requestHeaders }) =>
        getHeader(requestHeaders, header) ? undefined : new GatewayError('GW_${area}_MISSING'),
      )
    })
  },
})
`,
  observer: ({ factory, short }) => `import { definePlugin } from '@postern/core'
import { manifest } from './manifest.ts'
import { schema } from './options.ts'

/** Counts answers from a status on. */
export const ${factory} = definePlugin({
  ...manifest,
  api: '1.0',
  fault: 'observer',
  options: schema,
  setup(gateway, { fromStatus }) {
    // Kept over reloads: a counter that falls looks like a restart.
    const counts = gateway.keep('counts', () => ({ answers: 0, close() {} }))
    gateway.hooks.onFinish.tap(({ status }) => {
      if (status !== null && status >= fromStatus) counts.answers++
    })
    return {
      metrics: () => [
        {
          name: '${short}.answers',
          kind: 'counter',
          unit: '{answer}',
          description: 'Answers from the status on that is counted',
          points: [{ attributes: {}, value: counts.answers }],
        },
      ],
    }
  },
})
`,
  transform: ({ factory }) => `import { definePlugin, setHeader } from '@postern/core'
import { manifest } from './manifest.ts'
import { schema } from './options.ts'

/** Sets a header on every answer. */
export const ${factory} = definePlugin({
  ...manifest,
  api: '1.0',
  fault: 'transform',
  options: schema,
  setup({ hooks }, { header, value }) {
    hooks.onRoute.tap((route) => {
      route.hooks.mapResponse.tap(({ responseHeaders }) => setHeader(responseHeaders, header, value))
    })
  },
})
`,
}

/** The README of a new plugin. */
import type { PluginPlan } from '../plan.ts'

const ROWS: Readonly<Record<PluginPlan['fault'], (short: string) => string>> = {
  guard: (short) => `| \`header\` | \`x-${short}\` | request header that has to be there, in lower case |`,
  observer: () => '| `fromStatus` | 500 | answers of this status and above are counted |',
  transform: (short) =>
    `| \`header\` | \`x-${short}\` | response header that is set, in lower case |\n| \`value\` | \`on\` | its value |`,
}

const WHAT: Readonly<Record<PluginPlan['fault'], string>> = {
  guard: 'Refuses requests without a header. A guard: when it fails, it answers 503 and never opens.',
  observer:
    'Counts answers from a status on. An observer: when it fails, it is left out and the traffic goes on.',
  transform: 'Sets a header on every answer. A transform: when it fails, the exchange fails.',
}

/** The files by path. */
export function pages(plan: PluginPlan): Record<string, string> {
  return { 'README.md': readme(plan) }
}

function readme({ name, factory, fault, short, core, area }: PluginPlan): string {
  const word = short.replaceAll(/[^a-z0-9]+/g, '-')
  return `# ${name}

A plugin for [Postern](https://www.npmjs.com/package/@postern/core). ${WHAT[fault]}

\`\`\`yaml
upstream: http://127.0.0.1:3000
plugins:
  - use: '${name}'
\`\`\`

\`\`\`ts
import { createGateway } from '@postern/core'
import { ${factory} } from '${name}'

const gateway = createGateway([${factory}()], { upstream: 'http://127.0.0.1:3000' })
\`\`\`

## Options

| option | default | |
|---|---|---|
${ROWS[fault](word)}
${fault === 'guard' ? `\n## Errors\n\n| code | status | |\n|---|---|---|\n| \`GW_${area}_MISSING\` | 400 | the header is missing |\n` : ''}
## Needs

\`@postern/core\` ${core}, hook API 1.0, Node 22.19 or later.

## Work on it

\`\`\`sh
npm install        # once; commit package-lock.json, CI installs from it
npm run build
npm test           # behaviour, and the checks that every plugin must pass
npm run check      # the package as others will install it
npm run changeset  # before a pull request that users can notice
\`\`\`

\`test/conformance.ts\` says how a request looks that the plugin lets through. To check against another core as well, install it
under another name, \`npm install -D postern-core-next@npm:@postern/core@next\`: \`npm run check\` finds it.
`
}

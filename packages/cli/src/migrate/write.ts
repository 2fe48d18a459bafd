/** A draft as files: the configuration, and the list of what changes. */
import { stringify } from 'yaml'
import { type Change, type ChangeKind, type Draft, describeMatch } from './draft.ts'
import { compact } from './values.ts'

/** The configuration, ready to be written as YAML. */
export function toConfig(draft: Draft): Readonly<Record<string, unknown>> {
  const routing = {
    services: Object.fromEntries(draft.services),
    routes: draft.routes.map((route) => withPublic(draft, route)),
  }
  return compact({
    listen: draft.listen,
    ...draft.options,
    // What no old proxy let through shall not begin to pass unseen.
    upgrades: draft.hasWebSocket ? undefined : [],
    plugins: [
      { use: '@postern/plugin-trace' },
      ...(draft.auth ? [{ use: '@postern/plugin-auth', options: draft.auth }] : []),
      { use: '@postern/plugin-routing', options: routing },
    ],
  })
}

/** Where one route asks for credentials, the others have to say that they do not. */
function withPublic(draft: Draft, route: Draft['routes'][number]): unknown {
  if (!draft.auth || route.plugins?.['auth'] !== undefined) return route
  return { ...route, plugins: { ...route.plugins, auth: { access: 'public' } } }
}

/** The configuration as YAML, with a comment that says what it is. */
export function toYaml(draft: Draft, source: string): string {
  return `# Made by gw migrate from ${source}. What changes with it: MIGRATION.md.\n${stringify(toConfig(draft), { lineWidth: 110 })}`
}

const HEADINGS: readonly (readonly [ChangeKind, string])[] = [
  ['open', 'To fill in before it serves everything'],
  ['lost', 'Cannot be said in configuration'],
  ['changed', 'Behaves differently'],
]

/** What every old proxy does differently, whatever its options. */
export const ALWAYS: readonly Change[] = [
  {
    kind: 'changed',
    option: 'paths',
    what: 'A path with dot segments, `%2f`, a backslash or `//` is refused with 400. `paths` allows what a team must allow.',
  },
  {
    kind: 'changed',
    option: 'prefixes',
    what: 'Prefixes are compared by whole segments and with case: `/api` is not `/api2`, and not `/API`.',
  },
  { kind: 'changed', option: 'order', what: 'The most specific route wins, whatever the order of the list.' },
  {
    kind: 'changed',
    option: 'methods',
    what: 'Every method passes but CONNECT and TRACE, unless a route names its methods.',
  },
  {
    kind: 'changed',
    option: 'errors',
    what: 'No connection is 502, no answer in time 504, no place 503, each as `application/problem+json` with a code (docs/errors.md).',
  },
  {
    kind: 'changed',
    option: 'times',
    what: '`connectMs` 5000, `headersMs` 60000 and `idleMs` 60000 hold where the old proxy set nothing.',
  },
  {
    kind: 'changed',
    option: 'headers',
    what: '`Via`, `X-Forwarded-*` and `Forwarded` are sent; what an untrusted client sent of them is replaced.',
  },
  {
    kind: 'changed',
    option: 'redirects and cookies',
    what: '`Location` and `Set-Cookie` of an upstream are mapped back to what the client asked for (`rewrite.mapBack: false` for none).',
  },
]

/** The list of changes as a page. */
export function toReport(draft: Draft, source: string): string {
  const sections = HEADINGS.flatMap(([kind, heading]) => {
    const own = draft.changes.filter((change) => change.kind === kind)
    return own.length === 0 ? [] : [`## ${heading}\n\n${own.map((change) => line(change)).join('\n')}`]
  })
  const routes = draft.routes.map(
    ({ match, to }) =>
      `| ${[match['method']].flat().filter(Boolean).join(' ') || 'any'} | ${describeMatch(match)} | ${to} | ${draft.services.get(to)?.endpoints.join(', ') ?? ''} |`,
  )
  const env =
    draft.env.size === 0
      ? ''
      : `\n\nSet in the environment before gw start or gw check: ${[...draft.env].map((name) => `\`${name}\``).join(', ')}.`
  return [
    `# From ${source} to gateway.yaml${env}`,
    `## Routes\n\n| method | match | service | addresses |\n|---|---|---|---|\n${routes.join('\n')}`,
    ...sections,
    `## Different in every case\n\n${ALWAYS.map((change) => line(change)).join('\n')}`,
    '## Next\n\n1. `gw check` reads the configuration and every file that it names.\n2. `gw start`, and send it what the old proxy gets: a copy of the traffic, or your own tests.\n3. Move callers, one after another. The old proxy can stay until the last one has moved.',
  ]
    .join('\n\n')
    .concat('\n')
}

function line({ option, what, where }: Change): string {
  return `- **${option}**: ${what}${where === undefined || where === '' ? '' : ` (${where})`}`
}

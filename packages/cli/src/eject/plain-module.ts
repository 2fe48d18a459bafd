/** The caller's module without Postern: addresses, paths and a time limit, with nothing but Node's own fetch. */
import { asText } from '../as-text.ts'
import { isRecord } from '../config/validate.ts'
import { envName } from '../migrate/values.ts'
import { urlOf } from './callee-routes.ts'
import { routesTo } from './caller-routes.ts'
import { literal } from './literal.ts'
import type { Data, Source } from './source.ts'

/** A prefix of the gateway's paths and what the service knows it as. */
interface PathRule {
  readonly path: string
  readonly to: string
  readonly exact?: true
}

/** The module's text and the variable that holds the addresses. */
export interface PlainModule {
  readonly text: string
  readonly variable: string
  /** Matches that no plain prefix says. */
  readonly left: readonly string[]
}

/** Writes the module of a service. */
export function plainModule(source: Source, service: string): PlainModule {
  const options = source.services[service] ?? {}
  const variable = envName(service, 'URLS')
  const addresses = addressesOf(options)
  const { rules, left } = rulesOf(routesTo(source, service))
  const times = routesTo(source, service).map(({ timeouts }) =>
    isRecord(timeouts) ? Number(timeouts['totalMs'] ?? 0) : 0,
  )
  const totalMs = Math.max(0, ...times)
  const name = camel(service)
  const none = { env: new Set<string>(), file: new Set<string>() }
  const text = `/** Calls ${service} directly, with nothing but Node's own fetch. Made by gw eject. */

/** Addresses, separated by commas. */
const ADDRESSES = (process.env['${variable}'] ?? ${literal(addresses.join(','), none)}).split(',').filter((address) => address !== '')

/** Paths as the gateway's callers know them, and as the service does; the longest first. */
const PATHS: readonly { readonly path: string; readonly to: string; readonly exact?: true }[] = ${literal(rules, none)}

let turn = 0

/** Where a request goes: the path is the one that the gateway had, with its query. */
export function ${name}Url(path: string): string {
  const address = ADDRESSES[turn++ % ADDRESSES.length]
  if (address === undefined) throw new Error('Set ${variable} to the addresses of ${service}')
  const [plain = '', query] = path.split(/\\?(.*)/s)
  const rule = PATHS.find(
    ({ path: from, exact }) => plain === from || (!exact && (from === '' || plain.startsWith(\`\${from}/\`))),
  )
  if (!rule) throw new Error(\`No route to ${service} has the path \${plain}\`)
  const rest = rule.to + plain.slice(rule.path.length)
  return address.replace(/\\/$/, '') + (rest.startsWith('/') ? rest : \`/\${rest}\`) + (query === undefined ? '' : \`?\${query}\`)
}

/** \`fetch\` of a path that the gateway had${totalMs > 0 ? `, for at most ${totalMs} ms` : ''}. */
export async function ${name}Fetch(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(${name}Url(path), ${totalMs > 0 ? `{ signal: AbortSignal.timeout(${totalMs}), ...init }` : 'init'})
}
`
  return { text, variable, left }
}

/** Addresses that the configuration knows; none where they are found at run time by more than a name. */
export function addressesOf(service: Data): string[] {
  const { endpoints, discovery } = service
  if (Array.isArray(endpoints)) return endpoints.map(urlOf)
  const dns = isRecord(discovery) && isRecord(discovery['dns']) ? discovery['dns'] : undefined
  return dns
    ? [
        `${asText(dns['scheme'], 'http')}://${String(dns['name'])}:${String(dns['port'])}${asText(dns['path'])}`,
      ]
    : []
}

function rulesOf(routes: readonly Data[]): { rules: PathRule[]; left: string[] } {
  const rules: PathRule[] = []
  const left: string[] = []
  for (const route of routes) {
    const match = isRecord(route['match']) ? route['match'] : {}
    const rewrite =
      isRecord(route['rewrite']) && isRecord(route['rewrite']['path']) ? route['rewrite']['path'] : {}
    const { path, exactPath, pathPattern } = match
    const template = rewrite['template']
    if (pathPattern !== undefined) left.push(asText(pathPattern))
    else if (typeof exactPath === 'string')
      rules.push({ path: exactPath, to: typeof template === 'string' ? template : exactPath, exact: true })
    else {
      const from = typeof path === 'string' ? path.replace(/\/+$/, '') : ''
      const to =
        route['stripPrefix'] === true
          ? ''
          : typeof rewrite['replacePrefix'] === 'string'
            ? rewrite['replacePrefix'].replace(/\/+$/, '')
            : from
      rules.push({ path: from, to })
    }
  }
  const unique = rules.filter(
    (rule, index) =>
      index === rules.findIndex(({ path, exact }) => path === rule.path && exact === rule.exact),
  )
  return {
    rules: unique.sort(
      (a, b) => b.path.length - a.path.length || Number(b.exact ?? false) - Number(a.exact ?? false),
    ),
    left,
  }
}

function camel(name: string): string {
  const words = name
    .replaceAll(/[^A-Za-z0-9]+(\w)/g, (_, letter: string) => letter.toUpperCase())
    .replaceAll(/[^A-Za-z0-9]/g, '')
  return /^[a-z]/i.test(words) ? words : `service${words}`
}

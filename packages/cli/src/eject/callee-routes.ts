/** The routes of a gateway as the service itself sees them: by the path that it gets, and by no host. */
import { asText } from '../as-text.ts'
import { isRecord } from '../config/validate.ts'
import { UsageError } from '../errors.ts'
import { type Data, type Source, serviceOf, servicesIn } from './source.ts'

/** A route of the callee's seat. */
export interface CalleeRoute {
  readonly id?: string
  readonly match: Data
  /** Settings of plugins, as the gateway's route had them. */
  readonly plugins?: Data
}

/**
 * Routes that lead to a service, one for each match that is left.
 *
 * @throws {UsageError} where two routes become one match with two policies: the weaker one would hold for both.
 */
export function calleeRoutes(source: Source, service: string): CalleeRoute[] {
  const base = basePath(source.services[service] ?? {}, service)
  const found = new Map<string, { readonly route: CalleeRoute; readonly from: string }>()
  for (const route of source.routes) {
    if (!servicesIn(route['to']).some((name) => serviceOf(source, name) === service)) continue
    const match = matchBehind(route, base)
    const key = JSON.stringify(Object.entries(match).sort(([a], [b]) => a.localeCompare(b)))
    const from = asText(route['id'], JSON.stringify(route['match']))
    const own: CalleeRoute = { match, ...(isRecord(route['plugins']) ? { plugins: route['plugins'] } : {}) }
    const other = found.get(key)
    if (other && JSON.stringify(other.route.plugins) !== JSON.stringify(own.plugins))
      throw new UsageError(
        `The routes ${other.from} and ${from} both reach ${describe(match)} of ${service}, and say different things about plugins there. ` +
          'In the service they cannot be told apart. Give them one policy, or a rewrite of the path that differs, and eject again.',
      )
    if (!other) found.set(key, { route: own, from })
  }
  const routes = [...found.values()].map(({ route }) => route)
  const health = healthRoute(source, service, base)
  return health && !routes.some(({ match }) => match['exactPath'] === health.match['exactPath'])
    ? [...routes, health]
    : routes
}

/** The path that all endpoints put before every request. @throws {UsageError} when they differ. */
function basePath(service: Data, name: string): string {
  const endpoints = [service['endpoints'] ?? []].flat()
  const discovery = service['discovery']
  const paths = endpoints.map((endpoint) => new URL(urlOf(endpoint)).pathname)
  if (isRecord(discovery))
    for (const kind of ['dns', 'srv'])
      if (isRecord(discovery[kind])) paths.push(asText(discovery[kind]['path'], '/'))
  const bases = new Set(paths.map((path) => path.replace(/\/+$/, '')))
  if (bases.size > 1)
    throw new UsageError(
      `The endpoints of ${name} have different paths (${[...bases].map((path) => path || '/').join(', ')}): the service cannot have one table of routes.`,
    )
  return [...bases][0] ?? ''
}

/** Address of an endpoint, in either form. */
export function urlOf(endpoint: unknown): string {
  return isRecord(endpoint) ? String(endpoint['url']) : String(endpoint)
}

/** What the service sees of a match, after the route's rewrites. */
function matchBehind(route: Data, base: string): Data {
  const match = isRecord(route['match']) ? route['match'] : {}
  const rewrite = isRecord(route['rewrite']) ? route['rewrite'] : {}
  const { method, headers, query } = match
  const place = placeBehind(match, route, isRecord(rewrite['path']) ? rewrite['path'] : {})
  const kept = {
    method,
    headers: unchanged(headers, rewrite['requestHeaders'], String),
    query: unchanged(query, rewrite['query'], String),
  }
  return Object.fromEntries(
    Object.entries({ ...prefixed(place, base), ...kept }).filter(([, value]) => value !== undefined),
  )
}

type Place = { readonly path?: string; readonly exactPath?: string; readonly pathPattern?: string }

function placeBehind(match: Data, route: Data, path: Data): Place {
  if (typeof path['replacePrefix'] === 'string') return plainPath(path['replacePrefix'])
  if (typeof path['template'] === 'string')
    return /[{]/.test(path['template']) ? { pathPattern: path['template'] } : { exactPath: path['template'] }
  if (route['stripPrefix'] === true) return {}
  const { path: prefix, exactPath, pathPattern } = match
  if (typeof exactPath === 'string') return { exactPath }
  if (typeof pathPattern === 'string') return { pathPattern }
  return typeof prefix === 'string' ? plainPath(prefix) : {}
}

function plainPath(path: string): Place {
  const plain = path.replace(/\/+$/, '')
  return plain === '' ? {} : { path: plain }
}

function prefixed({ path, exactPath, pathPattern }: Place, base: string): Place {
  if (base === '')
    return {
      ...(path === undefined ? {} : { path }),
      ...(exactPath === undefined ? {} : { exactPath }),
      ...(pathPattern === undefined ? {} : { pathPattern }),
    }
  if (exactPath !== undefined) return { exactPath: base + exactPath }
  if (pathPattern !== undefined) return { pathPattern: base + pathPattern }
  return { path: base + (path ?? '') }
}

/** Conditions on what the route itself changes no longer mean the same behind it. */
function unchanged(conditions: unknown, changes: unknown, nameOf: (name: unknown) => string): unknown {
  if (!isRecord(conditions) || !isRecord(changes)) return conditions
  const touched = [
    ...Object.keys(changes['set'] ?? {}),
    ...Object.keys(changes['add'] ?? {}),
    ...[changes['remove'] ?? []].flat().map(nameOf),
  ]
  const hit = Object.keys(conditions).find((name) =>
    touched.some((other) => other.toLowerCase() === name.toLowerCase()),
  )
  if (hit !== undefined)
    throw new UsageError(
      `A route matches "${hit}" and rewrites it: the service would see another value. Take one of the two out, and eject again.`,
    )
  return conditions
}

/** The gateway asked for it past every guard; so will callers and the platform. */
function healthRoute({ plugins, services }: Source, service: string, base: string): CalleeRoute | undefined {
  const health = services[service]?.['health']
  const active = isRecord(health) && isRecord(health['active']) ? health['active'] : undefined
  const path = active?.['path']
  if (typeof path !== 'string' || !plugins.some(({ short }) => short === 'auth')) return undefined
  return {
    id: 'health',
    match: { exactPath: base + (path.split('?')[0] ?? ''), method: 'GET' },
    plugins: { auth: { access: 'public' } },
  }
}

function describe(match: Data): string {
  return Object.keys(match).length === 0 ? 'every path' : JSON.stringify(match)
}

/** http-proxy-middleware: mounts, path filters, rewrites and router tables as routes. */
import type { Draft, Place } from './draft.ts'
import { routeSettings, targetService } from './http-proxy-options.ts'
import { HTTP_PROXY, HTTP_PROXY_MIDDLEWARE, listChanges } from './option-table.ts'
import { type Part, type Rewrites, readRewrites, routeParts } from './path-rewrites.ts'
import { joined } from './recorder/frameworks.ts'
import type { Mount, Recorded } from './recorder/record.ts'
import { compact, functionName, type Options, opaqueKind, optionsAt, readTarget } from './values.ts'

/** How the versions differ: before 3 a proxy saw the whole path, from 3 on what Express left of it below the mount. */
export interface MiddlewareVersion {
  /** From `package.json` of the file's project, where it says so. */
  readonly major: number | undefined
}

/** Adds the routes of one `createProxyMiddleware(…)`. */
export function fromMiddleware(draft: Draft, recorded: Recorded, version: MiddlewareVersion): void {
  const { args, where } = recorded
  const { context, options } = readArguments(args)
  const isOld = version.major === undefined ? looksOld(args, options) : version.major < 3
  if (options['ws'] === true) draft.hasWebSocket = true
  listChanges(draft, { ...HTTP_PROXY, ...HTTP_PROXY_MIDDLEWARE }, withoutHelpers(options), where, [
    'router',
    'pathRewrite',
    'pathFilter',
  ])
  const mounts: readonly Mount[] = recorded.mounts.length > 0 ? recorded.mounts : [{ path: '', before: [] }]
  for (const mount of mounts) {
    for (const path of filterPaths(draft, context ?? options['pathFilter'], where))
      addRoutes(draft, options, { mount, path, isOld, where })
  }
}

interface MountedPath {
  readonly mount: Mount
  readonly path: string
  readonly isOld: boolean
  readonly where: Place
}

function addRoutes(draft: Draft, options: Options, { mount, path, isOld, where }: MountedPath): void {
  // Before version 3 the filter was compared with the whole path: it and the mount must both hold.
  const client = isOld ? longer(mount.path, path) : joined(mount.path, path)
  if (client === undefined) {
    draft.change(
      'changed',
      'pathFilter',
      `"${path}" lies outside of "${mount.path}", where the proxy is mounted: nothing ever got there.`,
      where,
    )
    return
  }
  const seen = isOld ? client : path
  const rewrites = rewritesOf(draft, options, where)
  const parts = routeParts({ client, seen }, rewrites)
  for (const { value, host, below } of targets(draft, options, where))
    for (const part of parts) addRoute(draft, options, { part, value, host, below, mount, where })
}

interface RoutePlan {
  readonly part: Part
  readonly value: unknown
  readonly host: string | undefined
  /** Path of the router's table below which this target holds. */
  readonly below: string
  readonly mount: Mount
  readonly where: Place
}

function addRoute(
  draft: Draft,
  options: Options,
  { part, value, host, below, mount, where }: RoutePlan,
): void {
  const inside = below === '' ? part.client : longer(part.client, below)
  if (inside === undefined) return
  const upstream = part.upstream + inside.slice(part.client.length)
  const service = targetService(draft, value, options, where)
  if (!service) {
    draft.change(
      'open',
      'target',
      `No address is known for ${inside || '/'}, so it has no route. Set the environment variables that the file reads and run gw migrate again, or add the route by hand.`,
      where,
    )
    return
  }
  const ignoresPath = options['ignorePath'] === true
  // Parts of one proxy are one service, so what they differ in is no part of its name.
  const name = mount.path === '' ? inside : mount.path
  const endpoint = service.endpoints[0] ?? ''
  // Without a prefix to take away, what comes before the path is the endpoint's.
  const isBased = inside === '' && upstream !== '' && !ignoresPath
  const target = ignoresPath
    ? { ...service, endpoints: [new URL(endpoint).origin] }
    : isBased
      ? { ...service, endpoints: [endpoint + upstream] }
      : service
  const to = draft.service(target, name)
  const settings = routeSettings(draft, options, to, where)
  const template = new URL(endpoint).pathname
  const path = ignoresPath
    ? { template }
    : inside !== '' && upstream !== inside && upstream !== ''
      ? { replacePrefix: upstream }
      : undefined
  const match = compact({
    host,
    method: mount.method,
    // A template stands beside a pattern only.
    ...(ignoresPath ? { pathPattern: `${inside}/{rest*}` } : { path: inside === '' ? undefined : inside }),
  })
  const rewrite = compact({ ...settings.rewrite, path })
  draft.route(
    compact({
      match,
      to,
      stripPrefix: inside !== '' && upstream === '' && !ignoresPath ? true : undefined,
      rewrite: Object.keys(rewrite).length > 0 ? rewrite : undefined,
      mirror: settings.mirror,
      timeouts: settings.timeouts,
    }),
    where,
  )
}

/** `(options)`, `(context, options)`, `(url, options)`: all forms that versions 0 to 4 take. */
function readArguments(args: readonly unknown[]): { context: unknown; options: Options } {
  const [first, second] = args
  const options = optionsAt(second)
  if (typeof first === 'string' && readTarget(first)) {
    const url = new URL(first.replace(/^ws/, 'http'))
    const path = url.pathname === '/' ? undefined : url.pathname
    return {
      context: path,
      options: { target: url.origin, ...(first.startsWith('ws') ? { ws: true } : {}), ...options },
    }
  }
  const isContext = typeof first === 'string' || Array.isArray(first) || opaqueKind(first) === 'function'
  return isContext ? { context: first, options } : { context: undefined, options: optionsAt(first) }
}

function looksOld(args: readonly unknown[], options: Options): boolean {
  const hasContext = typeof args[0] === 'string' || Array.isArray(args[0])
  return hasContext || Object.keys(options).some((key) => /^on[A-Z]|^log(?:Level|Provider)$/.test(key))
}

/** Paths of a filter; one without a path for none. */
function filterPaths(draft: Draft, filter: unknown, where: Place): string[] {
  if (filter === undefined) return ['']
  const list = (Array.isArray(filter) ? filter : [filter]) as unknown[]
  return list.flatMap((item) => {
    if (typeof item !== 'string') {
      draft.change(
        'open',
        'pathFilter',
        'A function decides which paths are proxied, so no route is written: give every path a route (match.path, match.method, match.headers).',
        where,
      )
      return []
    }
    const plain = item.replace(/\/?\*\*(?:\/\*)?$/, '').replace(/\/$/, '')
    if (/[*?[\]{}!()]/.test(plain)) {
      draft.change(
        'open',
        'pathFilter',
        `The glob "${item}" is no prefix: match.path, match.exactPath and match.pathPattern take whole segments. No route is written for it.`,
        where,
      )
      return []
    }
    return [plain]
  })
}

function rewritesOf(draft: Draft, options: Options, where: Place): Rewrites {
  const given = options['pathRewrite']
  if (given === undefined) return []
  if (opaqueKind(given) !== undefined || typeof given !== 'object' || given === null) {
    draft.change(
      'lost',
      'pathRewrite',
      'A function rewrites the path: say it with rewrite.path.replacePrefix or a template; the path passes as it is until then.',
      where,
    )
    return []
  }
  return readRewrites(optionsAt(given), (expression) =>
    draft.change(
      'lost',
      'pathRewrite',
      `"${expression}" is no plain prefix: say it with match.pathPattern and rewrite.path.template.`,
      where,
    ),
  )
}

/** Every target of the options, those of the router's table first, since they win. */
function targets(
  draft: Draft,
  options: Options,
  where: Place,
): { value: unknown; host: string | undefined; below: string }[] {
  const { router, target } = options
  const table = optionsAt(router)
  if (opaqueKind(router) !== undefined)
    draft.change(
      'lost',
      'router',
      'A function chooses the target: say it with match of several routes, `to: { rules }` or `to: { split }`. Until then all goes to `target`.',
      where,
    )
  const own = Object.entries(table).map(([key, value]) => {
    const [, authority = '', path = ''] = /^([^/]*)(\/.*)?$/.exec(key) ?? []
    if (/:\d+$/.test(authority))
      draft.change(
        'changed',
        'router',
        `Hosts are compared without their port: "${key}" holds for every port.`,
        where,
      )
    const host = authority.replace(/:\d+$/, '')
    return { value, host: host === '' ? undefined : host.toLowerCase(), below: path.replace(/\/$/, '') }
  })
  // Routes to nowhere but for the table: an old proxy without a target failed there, too.
  return target === undefined && own.length > 0
    ? own
    : [...own, { value: target, host: undefined, below: '' }]
}

/** Of two prefixes the longer one, when it lies below the other. */
function longer(a: string, b: string): string | undefined {
  if (a === b || a.startsWith(`${b}/`) || b === '') return a
  return b.startsWith(`${a}/`) || a === '' ? b : undefined
}

/** Without handlers that only repair what body parsers break: here bodies stream. */
function withoutHelpers(options: Options): Options {
  const isHelper = (value: unknown): boolean => functionName(value) === 'fixRequestBody'
  const on = Object.fromEntries(
    Object.entries(optionsAt(options['on'])).filter(([, value]) => !isHelper(value)),
  )
  const rest = Object.fromEntries(
    Object.entries(options).filter(([key, value]) => key !== 'on' && !isHelper(value)),
  )
  return Object.keys(on).length > 0 ? { ...rest, on } : rest
}

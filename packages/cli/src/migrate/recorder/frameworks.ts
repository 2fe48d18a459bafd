/** Stand-ins for the frameworks that proxies are mounted in: they only write down what is mounted where. */
import { absorb } from './absorb.ts'
import { callSite, type Mount, recordCall, recordedOf, seen } from './record.ts'

const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options', 'all', 'route'] as const

type Handler = (...args: unknown[]) => unknown

/** Something that was put into an application or a router. */
interface Entry {
  readonly path: string
  readonly method: string | undefined
  readonly handlers: readonly unknown[]
  readonly where: string
}

const routers = new WeakMap<object, Entry[]>()

/** `express()`, `connect()`, `restana()`, `express.Router()`: mounts are found when the file has run. */
export function mountable(kind: string): unknown {
  const entries: Entry[] = []
  const app = absorb(kind) as Record<string, unknown>
  const add =
    (method: string | undefined) =>
    (...args: readonly unknown[]): unknown => {
      const paths = [args[0]].flat().filter((path) => typeof path === 'string')
      const handlers = args.slice(paths.length > 0 ? 1 : 0).flat(5)
      // app.get('name') of Express reads a setting.
      if (handlers.length > 0)
        for (const path of paths.length > 0 ? paths : [''])
          entries.push({ path, method, handlers, where: callSite() })
      return app
    }
  app['use'] = add(undefined)
  for (const method of METHODS)
    app[method] = add(method === 'all' || method === 'route' ? undefined : method.toUpperCase())
  app['listen'] = app['start'] = listen
  routers.set(app, entries)
  applications.push(entries)
  return app
}

const applications: Entry[][] = []

/** Writes down where every proxy is mounted, and what the applications do beside. */
export function settleMounts(): void {
  const inner = new Set<Entry[]>()
  for (const entries of applications)
    for (const { handlers } of entries)
      for (const handler of handlers) {
        const found = typeof handler === 'function' ? routers.get(handler) : undefined
        if (found) inner.add(found)
      }
  for (const entries of applications) if (!inner.has(entries)) walk(entries, '', [], new Set())
}

function walk(
  entries: readonly Entry[],
  base: string,
  before: readonly string[],
  above: ReadonlySet<unknown>,
): void {
  const known = [...before]
  for (const { path, method, handlers, where } of entries) {
    const at = joined(base, path)
    const front = [...known]
    let leads = false
    for (const handler of handlers) {
      const recorded = recordedOf(handler)
      const nested = typeof handler === 'function' ? routers.get(handler) : undefined
      if (recorded) recorded.mounts.push({ path: at, method, before: front })
      else if (nested && !above.has(nested)) walk(nested, at, front, new Set([...above, nested]))
      else front.push(nameOf(handler))
      leads ||= recorded !== undefined || nested !== undefined
    }
    if (leads) continue
    const names = handlers.map((handler) => nameOf(handler) || 'a function').join(', ')
    if (method === undefined) {
      seen.own.push({ what: `has the middleware ${names}${at === '' ? '' : ` on ${at}`}`, where })
      if (at === '' || base.startsWith(at)) known.push(names)
    } else seen.own.push({ what: `answers ${method} ${at || '/'} itself`, where })
  }
}

/** `fastify()`: plugins run at once, since what they register is what counts. */
export function fastifyInstance(
  prefix: string,
  running: Promise<unknown>[],
  hooks: readonly string[] = [],
): unknown {
  const known = [...hooks]
  const app = absorb('fastify') as Record<string, unknown>
  app['prefix'] = prefix
  app['register'] = (plugin: unknown, given: unknown): unknown => {
    const options = (typeof given === 'function' ? (given as Handler)(app) : given) as
      | Record<string, unknown>
      | undefined
    const own = typeof options?.['prefix'] === 'string' ? options['prefix'] : ''
    if (isProxyPlugin(plugin)) mount(recordCall('@fastify/http-proxy', [options ?? {}]), joined(prefix, own))
    else if (typeof plugin === 'function')
      running.push(runPlugin(plugin as Handler, joined(prefix, own), options, running, known))
    return app
  }
  const mount = (proxy: unknown, path: string): void => {
    recordedOf(proxy)?.mounts.push({ path, before: [...known] } satisfies Mount)
  }
  app['use'] = (...args: readonly unknown[]): unknown => {
    const path = typeof args[0] === 'string' ? args[0] : ''
    for (const handler of args.flat()) mount(handler, joined(prefix, path))
    return app
  }
  app['addHook'] = (name: unknown, hook: unknown): unknown => {
    known.push(`${String(name)} ${nameOf(hook)}`.trim())
    seen.own.push({ what: `has the hook ${String(name)} ${nameOf(hook)}`.trim(), where: callSite() })
    return app
  }
  for (const method of METHODS)
    app[method] = (route: unknown): unknown => {
      const named =
        typeof route === 'string'
          ? `${method.toUpperCase()} ${joined(prefix, route)}`
          : routeName(route, prefix)
      seen.own.push({ what: `answers ${named} itself`, where: callSite() })
      return app
    }
  app['listen'] = listen
  return app
}

const PROXY_PLUGIN = Symbol.for('postern.migrate.fastify-proxy')

/** What `import proxy from '@fastify/http-proxy'` gives. */
export function proxyPlugin(): unknown {
  return Object.assign(() => undefined, { [PROXY_PLUGIN]: true })
}

function isProxyPlugin(value: unknown): boolean {
  const plugin = (value as { default?: unknown } | undefined)?.default ?? value
  return typeof plugin === 'function' && Object.hasOwn(plugin, PROXY_PLUGIN)
}

async function runPlugin(
  plugin: Handler,
  prefix: string,
  options: unknown,
  running: Promise<unknown>[],
  hooks: readonly string[],
): Promise<void> {
  const app = fastifyInstance(prefix, running, hooks)
  await plugin(app, options ?? {}, () => undefined)
}

/** Remembers the port; nothing listens. */
export function listen(...args: readonly unknown[]): unknown {
  const [first] = args
  const port = typeof first === 'object' && first !== null && 'port' in first ? first.port : first
  if (/^\d+$/.test(String(port))) seen.ports.push(Number(port))
  return absorb('server')
}

function routeName(route: unknown, prefix: string): string {
  const { method, url } = (route ?? {}) as { method?: unknown; url?: unknown }
  return `${String(method)} ${joined(prefix, String(url))}`
}

function nameOf(handler: unknown): string {
  return typeof handler === 'function' ? handler.name : ''
}

/** Two paths as one, without a slash at the end. */
export function joined(base: string, path: string): string {
  return `${base}/${path}`.replaceAll(/\/{2,}/g, '/').replace(/\/$/, '')
}

/** Puts stand-ins in the place of packages, and nothing in the place of what would reach out of the process. */
import { readFileSync } from 'node:fs'
import { type ResolveFnOutput, type ResolveHookContext, registerHooks } from 'node:module'
import { Server, Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { absorb } from './absorb.ts'
import { fastifyInstance, listen, mountable, proxyPlugin } from './frameworks.ts'
import { recordCall, seen } from './record.ts'

const SCHEME = 'postern-stand-in:'

/** Makes what a package would export. */
type Maker = (running: Promise<unknown>[]) => unknown

const middlewareFactory: Maker = () => {
  const create = (...args: readonly unknown[]): unknown => recordCall('http-proxy-middleware', args)
  return Object.assign(create, {
    default: create,
    createProxyMiddleware: create,
    legacyCreateProxyMiddleware: create,
    // These two have names that the reader of the options knows.
    fixRequestBody: function fixRequestBody() {},
    responseInterceptor: () => function responseInterceptor() {},
  })
}

const fastGateway: Maker = () => (options: unknown) => {
  recordCall('fast-gateway', [options])
  return mountable('gateway')
}

const framework: (kind: string) => Maker = (kind) => () => {
  const create = (): unknown => mountable(kind)
  const plain = (name: string) => () => Object.defineProperty(() => undefined, 'name', { value: name })
  const extras = {
    json: plain('json'),
    urlencoded: plain('urlencoded'),
    static: plain('static'),
    raw: plain('raw'),
    text: plain('text'),
  }
  return Object.assign(create, extras, { Router: create, default: create })
}

const fastify: Maker = (running) => {
  const create = (): unknown => fastifyInstance('', running)
  return Object.assign(create, { default: create, fastify: create })
}

const fastifyProxy: Maker = () => {
  const plugin = proxyPlugin() as object
  return Object.assign(plugin, { default: plugin, fastifyHttpProxy: plugin })
}

const MAKERS: Readonly<Record<string, Maker>> = {
  '@fastify/http-proxy': fastifyProxy,
  'fastify-http-proxy': fastifyProxy,
  'http-proxy-middleware': middlewareFactory,
  'fast-gateway': fastGateway,
  fastify,
  // A plugin that is wrapped runs as it is.
  'fastify-plugin': () =>
    Object.assign((plugin: unknown) => plugin, { default: (plugin: unknown) => plugin }),
  express: framework('express'),
  connect: framework('connect'),
  restana: framework('restana'),
  polka: framework('polka'),
}

/** Puts all of it in place. What plugins of Fastify do in time is added to `running`. */
export function standIn(running: Promise<unknown>[]): void {
  const made = new Map<string, unknown>()
  const give = (name: string): unknown => {
    if (!made.has(name)) made.set(name, MAKERS[name]?.(running) ?? absorb(name))
    return made.get(name)
  }
  Object.assign(globalThis, { [GIVE]: give })
  const wanted = new Map<string, Set<string>>()
  registerHooks({
    resolve(specifier, context, next) {
      if (MAKERS[specifier]) return instead(specifier, context)
      try {
        return next(specifier, context)
      } catch (error) {
        const isBare = !/^(?:[./]|file:|node:|#)/.test(specifier)
        if (!isBare || !/MODULE_NOT_FOUND/.test(String((error as NodeJS.ErrnoException).code))) throw error
        seen.absent.add(specifier)
        return instead(specifier, context)
      }
    },
    load(url, context, next) {
      if (!url.startsWith(SCHEME)) return next(url, context)
      const [form, name = ''] = url.slice(SCHEME.length).split('/').map(decodeURIComponent)
      const given = `globalThis[Symbol.for('${GIVE.description}')](${JSON.stringify(name)})`
      if (form === 'require')
        return { format: 'commonjs', source: `module.exports = ${given}`, shortCircuit: true }
      const named = [...(wanted.get(name) ?? [])].map(
        (item) => `const _${item} = all[${JSON.stringify(item)}]\nexport { _${item} as ${item} }`,
      )
      return {
        format: 'module',
        source: [`const all = ${given}`, 'export default all', ...named].join('\n'),
        shortCircuit: true,
      }
    },
  })
  keepInside()

  function instead(name: string, { parentURL, conditions }: ResolveHookContext): ResolveFnOutput {
    const form = conditions.includes('require') ? 'require' : 'import'
    const names = wanted.get(name) ?? new Set()
    for (const found of namesImported(name, parentURL)) names.add(found)
    wanted.set(name, names)
    const format = form === 'require' ? 'commonjs' : 'module'
    return { url: `${SCHEME}${form}/${encodeURIComponent(name)}`, format, shortCircuit: true }
  }
}

const GIVE: unique symbol = Symbol.for('postern.migrate.give')

/** Names in `import { a, b as c } from 'name'` of the file that imports. */
function namesImported(name: string, parent: string | undefined): string[] {
  if (!parent?.startsWith('file:')) return []
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')
  const text = readFileSync(fileURLToPath(parent.replace(/\?.*$/, '')), 'utf8')
  return [
    ...text.matchAll(
      new RegExp(`import\\s+(?:[\\w$]+\\s*,\\s*)?\\{([^}]*)\\}\\s*from\\s*['"]${escaped}['"]`, 'g'),
    ),
  ]
    .flatMap(([, list = '']) => list.split(','))
    .map(
      (item) =>
        item
          .replace(/^\s*type\s+.*/, '')
          .trim()
          .split(/\s+as\s+/)[0] ?? '',
    )
    .filter((item) => /^[\w$]+$/.test(item) && item !== 'default')
}

/** Nothing listens, nothing connects, nothing is printed; what is read of the environment is noted by name. */
function keepInside(): void {
  Server.prototype.listen = function listenNowhere(this: Server, ...args: unknown[]) {
    listen(...args)
    return this
  } as typeof Server.prototype.listen
  Socket.prototype.connect = function connectNowhere(this: Socket) {
    return this
  }
  for (const stream of [process.stdout, process.stderr]) stream.write = () => true
  const exit = process.exit.bind(process)
  process.exit = (code) => {
    process.emit('exit', Number(code ?? 0))
    return exit(code)
  }
  const env = new Proxy(process.env, {
    get(target, key) {
      const value = target[key as string]
      if (typeof key === 'string') (value === undefined ? seen.missingEnv : seen.readEnv).add(key)
      return value
    },
  })
  Object.defineProperty(process, 'env', { value: env })
}

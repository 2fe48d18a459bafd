/** The modules that callers and callee get: the same guard, trace and routes, without a gateway between them. */
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import { exportNameOf } from '../config/plugins.ts'
import { isRecord } from '../config/validate.ts'
import { UsageError } from '../errors.ts'
import { calleeRoutes } from './callee-routes.ts'
import { callerRoutes, callerServices } from './caller-routes.ts'
import { Code, literal, type Referred } from './literal.ts'
import type { Source, SourcePlugin } from './source.ts'

/** A module to be written, and what it reads at run time. */
export interface ModuleText {
  readonly text: string
  readonly env: readonly string[]
  readonly file: readonly string[]
  /** Packages that it imports, beside Node's own. */
  readonly packages: readonly string[]
}

/** Options of core that mean the same in the service. */
const CALLEE_OPTIONS = ['paths', 'limits', 'trustedProxies', 'requestIdHeader', 'logLevel', 'route']
/** Options of core that mean the same in the caller. */
const CALLER_OPTIONS = ['timeouts', 'limits', 'paths', 'logLevel']

/** The name of the gateway at run time. */
const HOST = new Code('GATEWAY.hostname')

/** The service's seat: every plugin but routing as it was, and its routes by the paths that the service gets. */
export async function calleeModule(source: Source, service: string, folder: string): Promise<ModuleText> {
  const owner = source.services[service]?.['owner']
  const routes = calleeRoutes(source, service)
  const table = {
    services: { [service]: { inProcess: true, ...(owner === undefined ? {} : { owner }) } },
    routes: routes.map((route) => ({ ...route, to: service })),
  }
  const plugins = source.plugins
    .filter(({ short }) => short !== 'routing')
    .flatMap((plugin) => incoming(plugin))
  const written = await write(source, folder, { plugins, routing: table, options: CALLEE_OPTIONS })
  return {
    ...written,
    text: `/** The guard and the trace of ${service}, in its own process: see mount.mts. Made by gw eject. */
${written.text}
`,
  }
}

/** The caller's seat: the routes to the service with what they change, retries, times and balancing; and its credentials. */
export async function callerModule(
  source: Source,
  service: string,
  folder: string,
  gatewayUrl: string,
): Promise<ModuleText> {
  const trace = source.plugins.filter(({ short }) => short === 'trace')
  const auth = source.plugins
    .filter(({ short }) => short === 'auth')
    .flatMap((plugin) => outgoing(plugin, service))
  const { zone } = source.routing
  const routing = {
    ...(zone === undefined ? {} : { zone }),
    services: callerServices(source, service, HOST),
    routes: callerRoutes(source, service, HOST),
  }
  const written = await write(source, folder, {
    plugins: [...trace, ...auth],
    routing,
    options: CALLER_OPTIONS,
    before: [
      `/** What callers know the gateway by: calls to other hosts are left alone. */`,
      `const GATEWAY = new URL(process.env['GATEWAY_URL'] ?? '${gatewayUrl}')`,
      '',
    ],
  })
  return {
    ...written,
    env: [...written.env, 'GATEWAY_URL'],
    text: `/** Calls ${service} directly, as the gateway did. Made by gw eject. */
${written.text}

/** For undici's setGlobalDispatcher, or \`{ dispatcher }\` of a call. */
export const dispatcher = gateway.dispatcher()

/** \`fetch\` for calls that went through the gateway: the same URLs, sent directly. All others go where they say. */
export const directFetch: typeof fetch = (input, init) => 
  fetch(input, { ...init, ...({ dispatcher } as object) })
`,
  }
}

/** How the service lets its gateway in front, in the three hosts. Types are by shape, so that none has to be installed. */
export const MOUNT_MODULE = `/** Puts the guard in front of a service, before any body parser and any route. Made by gw eject. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { gateway } from './gateway.mts'

type Next = (error?: unknown) => void
const guard = gateway.middleware() as (request: IncomingMessage, response: ServerResponse, next: Next) => void

/** Express, connect: call it before all other \`app.use\`. */
export function guardExpress(app: { use(handler: typeof guard): unknown }): void {
  app.use(guard)
}

/** Fastify: call it before any plugin that reads bodies. */
export function guardFastify(app: {
  addHook(
    name: 'onRequest',
    hook: (request: { raw: IncomingMessage }, reply: { raw: ServerResponse }, done: () => void) => void,
  ): unknown
}): void {
  app.addHook('onRequest', (request, reply, done) => guard(request.raw, reply.raw, () => done()))
}

/** node:http: \`createServer(guarded(listener))\`. */
export function guarded(listener: RequestListener): RequestListener {
  return (request, response) => guard(request, response, () => listener(request, response))
}
`

interface Parts {
  readonly plugins: readonly SourcePlugin[]
  readonly routing: unknown
  /** Keys of core's options that are taken over. */
  readonly options: readonly string[]
  readonly before?: readonly string[]
}

async function write(
  source: Source,
  folder: string,
  { plugins, routing, options, before = [] }: Parts,
): Promise<ModuleText> {
  const referred: Referred = { env: new Set(), file: new Set() }
  const imports = [
    "import { createGateway } from '@postern/core'",
    "import { routing } from '@postern/plugin-routing'",
  ]
  const packages = new Set(['@postern/core', '@postern/plugin-routing'])
  const calls: string[] = []
  for (const [index, plugin] of plugins.entries()) {
    if (plugin.use === undefined) {
      imports[0] = "import { createGateway, type PluginInstance } from '@postern/core'"
      if (!imports.some((line) => line.includes('* as configuration')))
        imports.push(`import * as configuration from '${pathFrom(folder, source.file)}'`)
      calls.push(`pluginOf('${plugin.name}')`)
      continue
    }
    const exported = await exportNameOf(plugin.use, source.file)
    if (exported === undefined)
      throw new UsageError(`The plugin ${plugin.use} cannot be loaded: install it, then eject.`)
    const isPath = /^\.\.?[\\/]/.test(plugin.use) || isAbsolute(plugin.use)
    const from = isPath ? pathFrom(folder, resolve(dirname(source.file), plugin.use)) : plugin.use
    if (!isPath) packages.add(plugin.use)
    const local = ['routing', 'createGateway', 'default'].includes(exported) ? `plugin${index + 1}` : exported
    imports.push(
      exported === 'default'
        ? `import ${local} from '${from}'`
        : `import { ${exported}${local === exported ? '' : ` as ${local}`} } from '${from}'`,
    )
    const settings =
      Object.keys(plugin.settings).length > 0 ? literal(plugin.settings, referred, '  ') : undefined
    const given =
      plugin.options === undefined
        ? settings === undefined
          ? ''
          : '{}'
        : literal(plugin.options, referred, '  ')
    calls.push(`${local}(${given}${settings === undefined ? '' : `, ${settings}`})`)
  }
  calls.push(`routing(${literal(data(routing, 'the routing plugin'), referred, '  ')})`)
  const core = Object.fromEntries(
    options.flatMap((key) =>
      source.data[key] === undefined ? [] : [[key, withoutPlugins(key, source.data[key], plugins)]],
    ),
  )
  if (referred.file.size > 0) imports.unshift("import { readFileSync } from 'node:fs'")
  const text = [
    ...imports,
    '',
    ...before,
    ...helpers(referred, plugins),
    `export const gateway = createGateway(\n  [\n${calls.map((call) => `    ${call.replaceAll('\n', '\n  ')},\n`).join('')}  ]${Object.keys(core).length > 0 ? `,\n  ${literal(data(core, 'the options'), referred, '  ')}` : ''},\n)`,
  ].join('\n')
  return { text, env: [...referred.env], file: [...referred.file], packages: [...packages] }
}

const FROM_ENV = `/** A secret of the environment. Without it nothing starts. */
function fromEnv(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(\`The environment variable \${name} is not set\`)
  return value
}
`

const FROM_FILE = `/** A secret in a file, its path from where the process runs. */
function fromFile(path: string): string {
  return readFileSync(path, 'utf8').replace(/\\r?\\n$/, '')
}
`

const PLUGIN_OF = `/** A plugin as the configuration of the gateway makes it. */
function pluginOf(name: string): PluginInstance {
  const { config, default: other } = configuration as { config?: unknown; default?: unknown }
  const { plugins } = (config ?? other) as { plugins: readonly PluginInstance[] }
  const found = plugins.find(({ definition }) => definition?.name === name)
  if (!found) throw new Error(\`The configuration of the gateway has no plugin \${name}\`)
  return found
}
`

/** Functions that the module needs for its references. */
function helpers({ env, file }: Referred, plugins: readonly SourcePlugin[]): string[] {
  return [
    ...(env.size > 0 ? [FROM_ENV] : []),
    ...(file.size > 0 ? [FROM_FILE] : []),
    ...(plugins.some(({ use }) => use === undefined) ? [PLUGIN_OF] : []),
  ]
}

/** What of a plugin watches over requests that come in. */
function incoming(plugin: SourcePlugin): SourcePlugin[] {
  if (plugin.short !== 'auth' || plugin.use === undefined || !isRecord(plugin.options)) return [plugin]
  const { outbound, ...options } = plugin.options
  return Object.keys(options).length === 0 && outbound !== undefined ? [] : [{ ...plugin, options }]
}

/** The credentials that the gateway had for the service. */
function outgoing(plugin: SourcePlugin, service: string): SourcePlugin[] {
  const outbound = isRecord(plugin.options) ? plugin.options['outbound'] : undefined
  if (!isRecord(outbound) || outbound[service] === undefined) return []
  if (plugin.use === undefined)
    throw new UsageError(
      'The outbound credentials of plugin-auth stand in code. Write its entry with use and options, and secrets as { env } or { file }, then eject.',
    )
  return [{ ...plugin, options: { outbound: { [service]: outbound[service] } }, settings: {} }]
}

/** The default route's policy, for plugins that are there. */
function withoutPlugins(key: string, value: unknown, plugins: readonly SourcePlugin[]): unknown {
  if (key !== 'route' || !isRecord(value) || !isRecord(value['plugins'])) return value
  return {
    plugins: Object.fromEntries(
      Object.entries(value['plugins']).filter(([name]) => plugins.some(({ short }) => short === name)),
    ),
  }
}

/** @throws {UsageError} where a configuration in TypeScript holds what cannot be written down. */
function data(value: unknown, where: string): unknown {
  const seen = (item: unknown): void => {
    if (typeof item === 'function')
      throw new UsageError(`A function in ${where} cannot be written down. Say it as data, then eject.`)
    if (typeof item !== 'object' || item === null) return
    if (!Array.isArray(item) && !isPlain(item))
      throw new UsageError(
        `An object of yours (${item.constructor?.name ?? 'object'}) in ${where} cannot be written down. Say it as data, then eject.`,
      )
    for (const inner of Object.values(item)) seen(inner)
  }
  seen(value)
  return value
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return (
    prototype === Object.prototype ||
    prototype === null ||
    value instanceof Date ||
    value.constructor.name === 'Code'
  )
}

function pathFrom(folder: string, file: string): string {
  const path = relative(folder, file).replaceAll('\\', '/')
  return path.startsWith('.') ? path : `./${path}`
}

/** Where the admin listener of a running gateway is: what the command line says, else what the configuration says. */
import { dirname, isAbsolute, resolve } from 'node:path'
import { displayPath, UsageError } from '../errors.ts'

/** An admin listener, and how it is spoken to. */
export interface AdminPlace {
  /** What people call it: `http://127.0.0.1:9901`, or the path of a unix socket. */
  readonly name: string
  /** Base URL; of a unix socket `http://localhost`. */
  readonly url: string
  /** Path of the unix socket; `undefined` on a port. */
  readonly socketPath: string | undefined
  /** Token of the configuration; `undefined` for none. Never printed. */
  readonly token: string | undefined
}

/** What to add to a configuration that has no admin listener. */
const ADMIN_ADVICE = 'Add "admin: { port: 9901 }" to it and start the gateway again'

/** Options of every command that asks a running gateway. */
export interface AdminOptions {
  /** URL, `host:port`, port, or path of a unix socket. */
  readonly admin?: string | undefined
  /** The configuration whose `admin` counts when no place is given. */
  readonly config?: string | undefined
}

/**
 * Finds the admin listener. The configuration is read for its `admin` alone, so that one whose plugins are not installed here
 * does, too. With a place and a configuration given, the configuration's token is sent to that place.
 *
 * @throws {UsageError} when none is known, saying what to add.
 */
export async function findAdmin({ admin, config }: AdminOptions): Promise<AdminPlace> {
  if (admin !== undefined) return { ...placeOf(admin), token: await tokenFor(config) }
  // Loads the parsers of configurations, so only when they are needed.
  const { findConfig } = await import('../config/find.ts')
  const file = findConfig(config)
  const { data, token } = await readAdmin(file)
  if (data === undefined)
    throw new UsageError(
      `${displayPath(file)} has no admin listener to ask. ${ADMIN_ADVICE}, or say where one is: --admin http://127.0.0.1:9901`,
    )
  return { ...configuredPlace(data, file), token }
}

/** A URL, `host:port`, a port, or the path of a unix socket. */
function placeOf(text: string): Omit<AdminPlace, 'token'> {
  const unix = /^unix:(?:\/\/)?(.+)$/.exec(text)?.[1]
  if (unix !== undefined || /^[./~]/.test(text) || text.endsWith('.sock')) return onSocket(unix ?? text)
  const url = URL.parse(/^\d+$/.test(text) ? `http://127.0.0.1:${text}` : withScheme(text))
  if (url?.protocol !== 'http:' || url.hostname === '')
    throw new UsageError(
      `${text} is no admin listener. Give its URL such as http://127.0.0.1:9901, or the path of its unix socket.`,
    )
  return { name: url.origin, url: url.origin, socketPath: undefined }
}

function withScheme(text: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
}

function onSocket(path: string): Omit<AdminPlace, 'token'> {
  const socketPath = resolve(path)
  return { name: displayPath(socketPath), url: 'http://localhost', socketPath }
}

function configuredPlace(
  { port, host, socketPath }: Readonly<Record<string, unknown>>,
  file: string,
): Omit<AdminPlace, 'token'> {
  if (typeof socketPath === 'string' && socketPath !== '')
    return onSocket(isAbsolute(socketPath) ? socketPath : resolve(dirname(file), socketPath))
  if (typeof port !== 'number' || port === 0)
    throw new UsageError(
      `${displayPath(file)} does not say on which port its admin listener is${port === 0 ? ' (0 takes a free one)' : ''}: ` +
        'take the address that gw start said, --admin http://127.0.0.1:PORT',
    )
  return placeOf(`http://${reachableHost(typeof host === 'string' ? host : '127.0.0.1')}:${port}`)
}

/** The host of a listener as a URL has it; one on all addresses is asked on this machine's own. */
export function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

/** A token is sent to no other place than the one that somebody named together with its configuration. */
async function tokenFor(config: string | undefined): Promise<string | undefined> {
  if (config === undefined) return undefined
  const { findConfig } = await import('../config/find.ts')
  return (await readAdmin(findConfig(config))).token
}

interface ReadAdmin {
  readonly data: Readonly<Record<string, unknown>> | undefined
  readonly token: string | undefined
}

async function readAdmin(file: string): Promise<ReadAdmin> {
  const [{ readSource }, { Secrets }, { ConfigError }, { isRecord }] = await Promise.all([
    import('../config/load.ts'),
    import('../config/secrets.ts'),
    import('../config/issues.ts'),
    import('../config/validate.ts'),
  ])
  const absolute = resolve(file)
  const source = await readSource(absolute)
  if (source.problems.length > 0) throw new UsageError(new ConfigError(source, source.problems).message)
  const given = isRecord(source.data) ? source.data['admin'] : undefined
  if (!isRecord(given)) return { data: undefined, token: undefined }
  const token = new Secrets(dirname(absolute)).replace(given['token'], ['admin', 'token'])
  return { data: given, token: typeof token === 'string' && token !== '' ? token : undefined }
}

/** The `admin` part of a configuration: where operators ask, and what they have to show to change something. */
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import type { ListenOptions } from '@postern/core'
import type { ConfigIssue } from './issues.ts'
import { type AdminConfig, adminSchema } from './schema.ts'
import { checkWith, isRecord } from './validate.ts'

/** Where to listen for operators, its token read. */
export interface AdminOptions {
  /** Address. */
  readonly host: string
  /** Port; 0 takes a free one. */
  readonly port: number
  /** Absolute path of a unix socket; then host and port do not count. */
  readonly socketPath: string | undefined
  /** Secret that a request which changes something has to show. **Never shown.** */
  readonly token: string | undefined
}

/** What `admin` says. */
export interface AdminPart {
  /** `undefined` without the part, and meaningless when there are issues. */
  readonly admin: AdminOptions | undefined
  /** Everything that is wrong with it. */
  readonly issues: readonly ConfigIssue[]
}

/** Checks the part. A relative `socketPath` starts at the folder, as all paths of the file do. */
export function readAdmin(given: unknown, folder: string, listen: ListenOptions): AdminPart {
  const path = ['admin']
  if (given === undefined) return { admin: undefined, issues: [] }
  const issues = checkWith(adminSchema, given, { path })
  if (issues.length > 0 || !isRecord(given)) return { admin: undefined, issues }
  // The schema knows the token as it is after its reference was read.
  const {
    port,
    host = '127.0.0.1',
    socketPath,
    token,
  } = given as Omit<AdminConfig, 'token'> & { token?: string }
  const admin: AdminOptions = {
    host,
    port: port ?? 0,
    socketPath: socketPath === undefined ? undefined : resolve(folder, socketPath),
    token,
  }
  return { admin, issues: faultsOf(given, admin, listen) }
}

/** Whether an address or `localhost` can be reached from this machine only. An IPv6 address stands without brackets. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true
  return isIP(host) === 4 && host.startsWith('127.')
}

function faultsOf(
  given: Readonly<Record<string, unknown>>,
  { host, port, socketPath, token }: AdminOptions,
  listen: ListenOptions,
): ConfigIssue[] {
  const path = ['admin']
  if (socketPath !== undefined) {
    const extra = ['host', 'port'].filter((key) => given[key] !== undefined)
    if (extra.length > 0)
      return extra.map((key) => ({
        path: [...path, key],
        message: 'There is a socketPath: leave out one of both',
        at: 'key',
      }))
    if (socketPath !== listen.socketPath) return []
    return [
      { path: [...path, 'socketPath'], message: 'The gateway itself listens there: choose another path' },
    ]
  }
  if (given['port'] === undefined)
    return [{ path, message: 'Missing key "port" (or "socketPath")', at: 'key' }]
  if (!isLoopback(host) && token === undefined) {
    const message = `${host} can be reached from other machines: add a token, or leave out host`
    return [{ path: [...path, 'host'], message }]
  }
  const own = listen.socketPath === undefined ? (listen.port ?? 8080) : undefined
  if (port === 0 || port !== own || host !== (listen.host ?? '127.0.0.1')) return []
  return [{ path: [...path, 'port'], message: 'The gateway itself listens there: choose another port' }]
}

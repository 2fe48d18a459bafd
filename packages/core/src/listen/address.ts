/** Where a server listens, and why it cannot. */
import { chmodSync, existsSync, lstatSync, unlinkSync } from 'node:fs'
import type { Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { dirname } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { GatewayError, isGatewayError } from '../errors.ts'
import type { ListenOptions } from '../listen-options.ts'

/** The longest path that the system keeps whole (`sun_path` in unix(7), less its end). Node 22 cuts silently what is longer. */
const SOCKET_PATH_BYTES = process.platform === 'linux' ? 107 : 103

/**
 * Starts a server of the host's own on a port, or on a unix socket, as `gateway.listen` does: an abandoned socket's file is
 * replaced, and what is wrong is said in words. Without a port it is 8080 of `127.0.0.1`.
 * @throws {GatewayError} GW_LISTEN_FAILED.
 */
export async function listenOn(
  server: Server,
  options: Pick<ListenOptions, 'host' | 'port' | 'socketPath' | 'socketMode'>,
): Promise<AddressInfo | string> {
  const { host = '127.0.0.1', port = 8080, socketPath, socketMode } = options
  if (socketPath !== undefined) {
    await listenOnSocket(server, socketPath, socketMode)
    return socketPath
  }
  await listening(server, { host, port }, (error) => explainPort(error, host, port))
  return server.address() as AddressInfo
}

async function listenOnSocket(server: Server, path: string, mode: number | undefined): Promise<void> {
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES) {
    throw failed(
      `The path ${path} is too long for a unix socket. Choose one of at most ${SOCKET_PATH_BYTES} bytes`,
    )
  }
  try {
    await removeAbandoned(path)
  } catch (error) {
    throw isGatewayError(error) ? error : failed(explainSocket(error as NodeJS.ErrnoException, path), error)
  }
  // Between bind and chmod the file would stand open to everybody whom the umask lets in.
  const umask = mode !== undefined && isMainThread ? process.umask(0o177) : undefined
  const listens = listening(server, { path }, (error) => explainSocket(error, path))
  if (umask !== undefined) process.umask(umask)
  await listens
  if (mode !== undefined) chmodSync(path, mode)
}

/** Where a server listens, in words. */
export interface Place {
  readonly host: string
  readonly port: number
  readonly socketPath: string
  readonly url: string
}

/** Describes what `listenOn` gave. A unix socket has no host: `localhost` is what clients put into the URL. */
export function placeOf(bound: AddressInfo | string, secure: boolean): Place {
  const scheme = secure ? 'https' : 'http'
  if (typeof bound === 'string') return { host: '', port: 0, socketPath: bound, url: `${scheme}://localhost` }
  const { address, family, port } = bound
  const name = family === 'IPv6' ? `[${address}]` : address
  return { host: address, port, socketPath: '', url: `${scheme}://${name}:${port}` }
}

function listening(
  server: Server,
  where: { host: string; port: number } | { path: string },
  explain: (error: NodeJS.ErrnoException) => string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => reject(failed(explain(error), error))
    server.once('error', onError)
    server.listen(where, () => {
      server.off('error', onError)
      resolve()
    })
  })
}

/** Removes the socket's file that a process left behind when it did not close: it would refuse the next start. */
async function removeAbandoned(path: string): Promise<void> {
  const file = lstatSync(path, { throwIfNoEntry: false })
  if (!file) return
  // Connecting to a file of another kind is refused just as it is to a socket that nobody listens on.
  if (!file.isSocket()) {
    throw failed(`${path} is a file, and not a unix socket. Remove it or choose another path`)
  }
  if (await isAbandoned(path)) unlinkSync(path)
}

function isAbandoned(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
}

function failed(message: string, cause?: unknown): GatewayError {
  return new GatewayError('GW_LISTEN_FAILED', { message, cause })
}

function explainPort(error: NodeJS.ErrnoException, host: string, port: number): string {
  const where = `${host}:${port}`
  const code = error.code ?? error.message
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${host} is taken by another process. Stop it or choose another port`
  if (code === 'EACCES') return `Listening on ${where} is not allowed. Choose a port above 1023`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `${host} is not an address of this machine. Choose one that is, such as 127.0.0.1`
  }
  return `Cannot listen on ${where}: ${code}`
}

function explainSocket(error: NodeJS.ErrnoException, path: string): string {
  const code = error.code ?? error.message
  if (code === 'EADDRINUSE')
    return `The unix socket ${path} is taken by another process. Stop it or choose another path`
  // libuv says EACCES for a folder that is missing, too.
  if (!existsSync(dirname(path))) return `The folder of ${path} does not exist. Make it first`
  if (code === 'EACCES' || code === 'EPERM')
    return `Listening on ${path} is not allowed. Choose a folder that this user may write to`
  return `Cannot listen on ${path}: ${code}`
}

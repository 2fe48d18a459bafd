/** Where a server listens, and why it cannot. */
import { chmodSync, unlinkSync } from 'node:fs'
import type { Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { GatewayError } from '../errors.ts'
import type { ListenOptions } from '../listen-options.ts'

/**
 * Starts listening on a port, or on a unix socket.
 * @throws {GatewayError} GW_LISTEN_FAILED.
 */
export async function listenOn(server: Server, options: ListenOptions): Promise<AddressInfo | string> {
  const { host = '127.0.0.1', port = 8080, socketPath, socketMode } = options
  if (socketPath === undefined) {
    await listening(server, { host, port }, (error) => explainPort(error, host, port))
    return server.address() as AddressInfo
  }
  if (await isAbandoned(socketPath)) unlinkSync(socketPath)
  await listening(server, { path: socketPath }, (error) => explainSocket(error, socketPath))
  if (socketMode !== undefined) chmodSync(socketPath, socketMode)
  return socketPath
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
    const failed = (error: NodeJS.ErrnoException): void => {
      reject(new GatewayError('GW_LISTEN_FAILED', { message: explain(error), cause: error }))
    }
    server.once('error', failed)
    server.listen(where, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

/** Whether a socket's file is what a process left behind that did not close it: it would refuse the next start. */
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
  if (code === 'EACCES' || code === 'EPERM')
    return `Listening on ${path} is not allowed. Choose a folder that this user may write to`
  if (code === 'ENOENT') return `The folder of ${path} does not exist. Make it first`
  if (code === 'EINVAL' || code === 'ENAMETOOLONG')
    return `The path ${path} is too long for a unix socket. Choose a shorter one`
  return `Cannot listen on ${path}: ${code}`
}

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where a server listens, until it goes out of scope. */
export interface Listening extends AsyncDisposable {
  readonly port: number
  /** `127.0.0.1:<port>`. */
  readonly authority: string
  readonly url: string
}

/** Has a server listen, on a port of the system's choice unless one is given. */
export async function listening(server: Server, host = '127.0.0.1', port = 0): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  const { port: bound } = server.address() as AddressInfo
  const authority = `127.0.0.1:${bound}`
  return {
    port: bound,
    authority,
    url: `http://${authority}`,
    async [Symbol.asyncDispose]() {
      // Servers of node:http2 have no such list.
      server.closeAllConnections?.()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A real server behind the gateway. */
export interface Upstream extends AsyncDisposable {
  readonly url: string
  readonly port: number
}

/** Starts a server on a free port of the loopback address. */
export async function upstream(handler: RequestListener): Promise<Upstream> {
  const server = createServer(handler)
  // On a busy machine a gateway may stand still for longer than node:http keeps an idle connection.
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

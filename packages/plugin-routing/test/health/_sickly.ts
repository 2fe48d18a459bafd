import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A service that is told how to answer. It can be stopped, and started again on the same port. */
export async function startSickly(name: string) {
  let server: Server | null = null
  let port = 0
  const sickly = {
    url: '',
    /** Status of the next answer. */
    statusOf: (() => 200) as (served: number) => number,
    /** Status and body of the answer to a health check. */
    healthy: { status: 200, body: 'fine' },
    /** How many requests it got, health checks left out. */
    served: 0,
    /** How many health checks it got, and the most of them at once. */
    checks: 0,
    checksAtOnce: 0,
    /** How long a health check waits, in milliseconds. */
    checkDelayMs: 0,
    async start(): Promise<void> {
      let running = 0
      server = createServer((request, response) => {
        request.resume()
        if (request.url === '/healthz') {
          sickly.checks++
          sickly.checksAtOnce = Math.max(sickly.checksAtOnce, ++running)
          response.on('close', () => running--)
          const { status, body } = sickly.healthy
          setTimeout(() => response.writeHead(status).end(body), sickly.checkDelayMs)
          return
        }
        // Runs until the service stops.
        if (request.url === '/stuck') return
        response.writeHead(sickly.statusOf(sickly.served++)).end(name)
      })
      await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve))
      port = (server.address() as AddressInfo).port
      sickly.url = `http://127.0.0.1:${port}`
    },
    async stop(): Promise<void> {
      server?.closeAllConnections()
      await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
      server = null
    },
    [Symbol.asyncDispose]: () => sickly.stop(),
  }
  await sickly.start()
  return sickly
}

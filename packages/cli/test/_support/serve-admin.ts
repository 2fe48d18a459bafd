import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Gateway } from '@postern/core'
import { prometheusText } from '@postern/core/metrics'

/** An admin listener on a gateway of the test, as the contract of `gw start` has it. */
export interface TestAdmin extends AsyncDisposable {
  readonly url: string
}

/**
 * Serves it.
 * @param more pages in place of the gateway's, by name.
 */
export async function serveAdmin(
  gateway: Gateway,
  more: Readonly<Record<string, (query: URLSearchParams) => unknown>> = {},
): Promise<TestAdmin> {
  const started = new Date()
  const pages: Readonly<Record<string, () => unknown>> = {
    routes: () => gateway.routes(),
    plugins: () => gateway.plugins(),
    readyz: () => gateway.readiness(),
    generation: () => {
      const { generation, liveGenerations, exchanges, inFlight } = gateway.stats()
      return { generation, liveGenerations, exchanges, inFlight, since: started.toISOString() }
    },
  }
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(String(request.url), 'http://admin')
    const name = pathname.slice(1)
    if (name === 'metrics' && !more['metrics']) return void response.end(prometheusText(gateway.metrics()))
    const read = more[name] ?? pages[name] ?? ((query) => gateway.views().get(name)?.read(query))
    const data = read(searchParams)
    if (data === undefined) return void response.writeHead(404).end('{"title":"Not found"}')
    response.writeHead(200, { 'content-type': typeof data === 'string' ? 'text/plain' : 'application/json' })
    response.end(typeof data === 'string' ? data : JSON.stringify(data))
  })
  return listening(server)
}

async function listening(server: Server): Promise<TestAdmin> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

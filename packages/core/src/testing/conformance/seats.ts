import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestGateway } from '../test-gateway.ts'
import { type ConformanceCheck, type ConformanceSetup, expectEqual, expectStatus } from './setup.ts'

const MEGABYTE = Buffer.alloc(1_048_576, 'postern ')

/** The same plugin works in every seat. */
export function seatChecks({ start, pass, path, headers }: ConformanceSetup): ConformanceCheck[] {
  const area = 'seats'
  const passesThrough = (
    seat: string,
    send: (test: TestGateway, init: RequestInit) => Promise<Response>,
  ): ConformanceCheck => ({
    area,
    name: `lets an exchange through ${seat}, and finishes it once`,
    async run() {
      await using test = await start()
      const response = await send(test, { headers: await headers() })
      await response.arrayBuffer()
      expectStatus(test, response.status, 200, `A request ${seat}`)
      await test.finished(1)
      expectEqual(test.exchanges.length, 1, 'Finished exchanges')
      expectEqual(test.exchanges[0]?.error, null, 'Error of the exchange')
    },
  })
  return [
    passesThrough('in the hop seat', (test, init) => test.fetch(path, init)),
    passesThrough('in a server of the host', (test, init) => fromHost(test.gateway.handler, path, init)),
    passesThrough('in the callee seat', (test, init) => {
      const middleware = test.gateway.middleware()
      const handle: RequestListener = (request, response) =>
        middleware(request, response, () => response.end('from the host'))
      return fromHost(handle, path, init)
    }),
    passesThrough('in the caller seat', (test, init) => {
      const withDispatcher: object = { ...init, dispatcher: test.gateway.dispatcher() }
      return fetch(`${test.upstream.url}${path}`, withDispatcher)
    }),
    passesThrough('of gateway.fetch', (test, init) => test.gateway.fetch(`http://service${path}`, init)),
    {
      area,
      name: 'streams a body of 1 MiB both ways',
      async run() {
        await using test = await start({
          plan: { kind: 'custom', handle: (request, response) => void request.pipe(response) },
        })
        const { status, body } = await pass(test, { method: 'POST', body: MEGABYTE })
        expectStatus(test, status, 200, 'An upload of 1 MiB')
        expectEqual(body.equals(MEGABYTE), true, 'Whether the body came back unchanged')
      },
    },
  ]
}

/** A request to a server that the gateway does not own. */
async function fromHost(handle: RequestListener, path: string, init: RequestInit): Promise<Response> {
  const host = createServer(handle)
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = host.address() as AddressInfo
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init)
    const { status } = response
    return new Response(await response.arrayBuffer(), { status })
  } finally {
    host.close()
    host.closeAllConnections()
  }
}

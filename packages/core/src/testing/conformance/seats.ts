import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ConformanceCheck, type ConformanceSetup, expectEqual } from './setup.ts'

/** The same plugin works in every seat. */
export function seatChecks({ start, path, headers }: ConformanceSetup): ConformanceCheck[] {
  return [
    {
      name: 'lets an exchange through in the hop seat, and finishes it once',
      async run() {
        await using test = await start()
        const response = await test.fetch(path, { headers: await headers() })
        await response.arrayBuffer()
        expectEqual(response.status, 200, 'Status')
        await test.finished(1)
        expectEqual(test.exchanges.length, 1, 'Finished exchanges')
        expectEqual(test.exchanges[0]?.error, null, 'Error of the exchange')
      },
    },
    {
      name: 'streams a body of 1 MiB both ways',
      async run() {
        await using test = await start(
          undefined,
          {},
          {
            kind: 'custom',
            handle: (request, response) => void request.pipe(response),
          },
        )
        const body = Buffer.alloc(1_048_576, 'postern ')
        const response = await test.fetch(path, { method: 'POST', body, headers: await headers() })
        const received = Buffer.from(await response.arrayBuffer())
        expectEqual(response.status, 200, 'Status')
        expectEqual(received.equals(body), true, 'Whether the body came back unchanged')
      },
    },
    {
      name: 'lets an exchange through in the callee seat',
      async run() {
        await using test = await start()
        const middleware = test.gateway.middleware()
        const host = createServer((request, response) =>
          middleware(request, response, () => response.end('from the host')),
        )
        await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
        try {
          const { port } = host.address() as AddressInfo
          const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: await headers() })
          expectEqual([response.status, await response.text()], [200, 'from the host'], 'Answer')
        } finally {
          host.close()
          host.closeAllConnections()
        }
      },
    },
    {
      name: 'lets an exchange through in the caller seat',
      async run() {
        await using test = await start()
        const init: object = { headers: await headers(), dispatcher: test.gateway.dispatcher() }
        const response = await fetch(`${test.upstream.url}${path}`, init)
        await response.arrayBuffer()
        expectEqual(response.status, 200, 'Status')
      },
    },
    {
      name: 'lets an exchange through gateway.fetch',
      async run() {
        await using test = await start()
        const response = await test.gateway.fetch(`http://service${path}`, { headers: await headers() })
        await response.arrayBuffer()
        expectEqual(response.status, 200, 'Status')
      },
    },
  ]
}

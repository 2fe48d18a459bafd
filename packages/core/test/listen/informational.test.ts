import { createServer, request as httpRequest, type ServerResponse } from 'node:http'
import { fetch as undiciFetch, request as undiciRequest } from 'undici'
import { describe, expect, test } from 'vitest'
import { createTestGateway, type TestGateway, type UpstreamBehaviour, until } from '../../src/testing.ts'
import { onFreePort, plugin } from '../support.ts'
import { RawClient } from './raw-client.ts'

/** Refuses whoever has no key. */
const keyed = () =>
  plugin(
    'keyed',
    ({ hooks }) => {
      hooks.onRoute.tap((route) => {
        route.hooks.preForward.tap((exchange) =>
          exchange.requestHeaders.includes('x-key') ? undefined : { status: 401 },
        )
      })
    },
    { fault: 'guard' },
  )

const asking = (headers: string): string =>
  `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n${headers}\r\n`

describe('a client that waits for 100 before it sends its body', () => {
  test('gets it once the guards let the request pass and the upstream wants the body', async () => {
    await using gateway = await createTestGateway([keyed()])
    using client = await RawClient.open(gateway.port)
    client.send(asking('x-key: 1\r\n'))
    await until(() => client.received.startsWith('HTTP/1.1 100 Continue\r\n\r\n'), '100 Continue')
    client.send('hello')
    expect((await client.response()).status).toBe(200)
    expect(gateway.upstream.requests[0]?.body().toString()).toBe('hello')
  })

  test('is refused by a guard without a 100, and the connection ends: the body may or may not follow', async () => {
    await using gateway = await createTestGateway([keyed()])
    using client = await RawClient.open(gateway.port)
    client.send(asking(''))
    const response = await client.response()
    expect([response.status, response.header('connection')]).toEqual([401, 'close'])
    expect(client.received).not.toContain('100 Continue')
    await client.closed()
    expect(gateway.upstream.requests).toHaveLength(0)
  })

  test('that sends its body all the same does not smuggle a request in it', async () => {
    await using gateway = await createTestGateway([keyed()])
    using client = await RawClient.open(gateway.port)
    const inner = 'GET /inner HTTP/1.1\r\nHost: a\r\nx-key: 1\r\n\r\n'
    client.send(
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${inner.length}\r\nExpect: 100-continue\r\n\r\n${inner}`,
    )
    expect((await client.response()).status).toBe(401)
    await client.closed()
    expect(gateway.upstream.requests).toHaveLength(0)
  })
})

describe('in a host’s server, mounted on checkContinue as well, a client that waits for 100', () => {
  const mounted = async (gateway: TestGateway, before = (_response: ServerResponse): void => {}) => {
    const server = createServer(gateway.gateway.handler)
    server.on('checkContinue', (request, response: ServerResponse) => {
      before(response)
      gateway.gateway.handler(request, response)
    })
    return onFreePort(server)
  }

  test('gets it after the guards, and a refusal without it', async () => {
    await using gateway = await createTestGateway([keyed()])
    await using server = await mounted(gateway)
    using client = await RawClient.open(server.port)
    client.send(asking('x-key: 1\r\n'))
    await until(() => client.received.startsWith('HTTP/1.1 100 Continue\r\n\r\n'), '100 Continue')
    client.send('hello')
    expect((await client.response()).status).toBe(200)
    expect(gateway.upstream.requests[0]?.body().toString()).toBe('hello')
    client.send(asking(''))
    await until(() => client.ended, 'the answer')
    expect(client.received).toMatch(/^HTTP\/1\.1 401 /)
  })

  test('gets one only, where the host sends it', async () => {
    await using gateway = await createTestGateway([])
    await using server = await mounted(gateway, (response) => response.writeContinue())
    using client = await RawClient.open(server.port)
    client.send(`${asking('Connection: close\r\n')}hello`)
    await until(() => client.ended, 'the answer')
    expect(client.received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200'])
  })
})

/** Sends informational responses, then 200. */
const informing = (inform: (response: ServerResponse) => void): UpstreamBehaviour => ({
  kind: 'custom',
  handle: (_request, response) => {
    inform(response)
    response.end('done')
  },
})
const hints = informing((response) =>
  response.writeEarlyHints({ link: '</a.css>; rel=preload', 'x-part': '1' }),
)

describe('informational responses of an upstream', () => {
  test('reach the client before the final one', async () => {
    await using gateway = await createTestGateway([], {}, hints)
    const seen: unknown[] = []
    const status = await new Promise((resolve, reject) => {
      httpRequest(gateway.url, (response) => response.resume().on('end', () => resolve(response.statusCode)))
        .on('information', ({ statusCode, headers }) =>
          seen.push([statusCode, headers['link'], headers['x-part']]),
        )
        .on('error', reject)
        .end()
    })
    expect(status).toBe(200)
    expect(seen).toEqual([[103, '</a.css>; rel=preload', '1']])
  })

  test('do not reach a client of HTTP/1.0, which would take them for the answer', async () => {
    await using gateway = await createTestGateway([], {}, hints)
    using client = await RawClient.open(gateway.port)
    client.send('GET / HTTP/1.0\r\n\r\n')
    await client.closed()
    expect(client.received).toMatch(/^HTTP\/1\.1 200 /)
    expect(client.received).not.toContain('103')
  })

  test('end where a storm begins, and the answer comes all the same', async () => {
    await using gateway = await createTestGateway(
      [],
      {},
      informing((response) => {
        for (let i = 0; i < 200; i++) response.writeEarlyHints({ link: `</${i}.css>; rel=preload` })
      }),
    )
    using client = await RawClient.open(gateway.port)
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    await client.closed()
    expect(client.received.match(/HTTP\/1\.1 103 /g)).toHaveLength(16)
    expect(client.received).toContain('HTTP/1.1 200 OK')
  })

  test('reach a caller in the caller seat as undici gives them', async () => {
    await using gateway = await createTestGateway([], {}, hints)
    const seen: unknown[] = []
    const { statusCode, body } = await undiciRequest(gateway.upstream.url, {
      dispatcher: gateway.gateway.dispatcher(),
      onInfo: ({ statusCode: status, headers }) => seen.push([status, headers['x-part']]),
    })
    expect([statusCode, await body.text(), seen]).toEqual([200, 'done', [[103, '1']]])
  })

  test('are dropped where a response has no place for them', async () => {
    await using gateway = await createTestGateway([], {}, hints)
    const response = await gateway.gateway.fetch('http://service/')
    expect([response.status, await response.text()]).toEqual([200, 'done'])
    const viaFetch = await undiciFetch(gateway.upstream.url, { dispatcher: gateway.gateway.dispatcher() })
    expect([viaFetch.status, await viaFetch.text()]).toEqual([200, 'done'])
  })

  test('of a host go past the middleware', async () => {
    await using gateway = await createTestGateway([])
    const received = await askHost(gateway)
    expect(received).toMatch(/^HTTP\/1\.1 103 Early Hints\r\n[\s\S]*HTTP\/1\.1 200 OK/)
  })
})

async function askHost(gateway: TestGateway): Promise<string> {
  const middleware = gateway.gateway.middleware()
  const host = createServer((request, response) =>
    middleware(request, response, () => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' })
      response.end('host')
    }),
  )
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
  const address = host.address()
  using client = await RawClient.open(typeof address === 'object' && address ? address.port : 0)
  client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  await client.closed()
  host.close()
  return client.received
}

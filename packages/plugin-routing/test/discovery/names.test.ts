/** Services by DNS through a gateway: connections go to addresses, everything else goes by the name. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createHttp2Server, createSecureServer } from 'node:http2'
import { createServer as createTls } from 'node:https'
import { TestAuthority, until } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import type { RoutingOptions, ServiceOptions } from '../../src/index.ts'
import { addresses, startDnsServer } from '../_support/dns-server.ts'
import { isDnsmasqInstalled, startDnsmasq } from '../_support/dnsmasq.ts'
import { listening } from '../_support/listening.ts'
import { startRouting } from '../_support/services.ts'

const authority = new TestAuthority('test')
const one = (orders: ServiceOptions): RoutingOptions => ({
  services: { orders },
  routes: [{ match: {}, to: 'orders' }],
})

/** Says what it was asked as, and over which of its addresses. */
const echo: RequestListener = (request: IncomingMessage, response) => {
  const asked = request.headers.host ?? String(request.headers[':authority'])
  response.end(`${asked} ${request.socket.localAddress}`)
}

describe.each(['http1', 'http2'] as const)('over %s, a service', (protocol) => {
  it('sees its name and port as Host, at whichever address', async () => {
    const make = (): Server =>
      protocol === 'http1' ? createServer(echo) : (createHttp2Server(echo as never) as unknown as Server)
    await using upstream = await listening(make(), '0.0.0.0')
    const { port } = upstream
    await using dns = await startDnsServer({ 'orders.test': addresses(60, '127.0.0.1', '127.0.0.2') })
    const discovery = { dns: { name: 'orders.test', port, server: dns.server } }
    await using gateway = startRouting(one({ protocol, discovery, balance: 'round-robin' }))
    const answers = [await gateway.ask('http://any/'), await gateway.ask('http://any/')]
    expect(answers.toSorted()).toEqual([
      `200 orders.test:${port} 127.0.0.1`,
      `200 orders.test:${port} 127.0.0.2`,
    ])
  })

  it('may have a base path', async () => {
    const answer: RequestListener = (request, response) => response.end(request.url)
    const make = (): Server =>
      protocol === 'http1' ? createServer(answer) : (createHttp2Server(answer as never) as unknown as Server)
    await using upstream = await listening(make())
    const { port } = upstream
    const srv = { type: 'SRV', ttl: 60, priority: 1, weight: 1, port, target: 'orders.test' } as const
    await using dns = await startDnsServer({
      'orders.test': addresses(60, '127.0.0.1'),
      '_http._tcp.orders.test': [srv],
    })
    const more = { server: dns.server, path: '/v1/' }
    for (const discovery of [
      { dns: { name: 'orders.test', port, ...more } },
      { srv: { name: '_http._tcp.orders.test', ...more } },
    ]) {
      await using gateway = startRouting(one({ protocol, discovery }))
      expect(await gateway.ask('http://any/7?x=1')).toBe('200 /v1/7?x=1')
    }
  })

  it('must have a certificate for its name', async () => {
    const settings = authority.issue({ name: 'orders', names: ['DNS:orders.test'] })
    const server =
      protocol === 'http1'
        ? createTls(settings, echo)
        : (createSecureServer(settings, echo as never) as unknown as Server)
    await using upstream = await listening(server)
    const both = addresses(60, '127.0.0.1')
    await using dns = await startDnsServer({ 'orders.test': both, 'other.test': both })
    for (const [name, status] of [
      ['orders.test', '200'],
      ['other.test', '502'],
    ] as const) {
      const discovery = { dns: { name, port: upstream.port, scheme: 'https' as const, server: dns.server } }
      await using gateway = startRouting(one({ protocol, discovery, tls: { ca: authority.cert } }))
      expect((await gateway.ask('http://any/')).slice(0, 3)).toBe(status)
    }
  })
})

describe.skipIf(!isDnsmasqInstalled())('with dnsmasq', () => {
  /** Asks all the time, and says what failed and which addresses answered since it was last asked. */
  function load(gateway: ReturnType<typeof startRouting>) {
    const failures: string[] = []
    const seen = new Set<string>()
    let done = false
    const caller = async (): Promise<void> => {
      while (!done) {
        const answer = await gateway.ask('http://any/', { method: 'POST', body: 'once' })
        if (answer.startsWith('200 ')) seen.add(answer.split(' ')[2] ?? '')
        else failures.push(answer)
        // Beside other tests there is more to do than this.
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    }
    const callers = [1, 2, 3, 4].map(caller)
    return {
      failures,
      seen,
      async [Symbol.asyncDispose]() {
        done = true
        await Promise.all(callers)
      },
    }
  }

  it('records change without one failure', async () => {
    await using upstream = await listening(createServer(echo), '0.0.0.0')
    await using dns = await startDnsmasq()
    await dns.setHosts('127.0.0.1 orders.test')
    const discovery = {
      dns: {
        name: 'orders.test',
        port: upstream.port,
        server: dns.server,
        minTtlMs: 10,
        maxTtlMs: 20,
        timeoutMs: 100,
      },
    }
    const timeouts = { connectMs: 60_000, pluginMs: 60_000 }
    await using gateway = startRouting(one({ discovery }), { timeouts })
    {
      await using calls = load(gateway)
      await until(() => calls.seen.has('127.0.0.1'), 'the first address to be used')
      for (const [next, last] of [
        ['127.0.0.2', '127.0.0.1'],
        ['127.0.0.3', '127.0.0.2'],
        ['127.0.0.4', '127.0.0.3'],
      ] as const) {
        await dns.setHosts(`${last} orders.test`, `${next} orders.test`)
        await until(() => calls.seen.has(next), 'the next address to be used')
        await dns.setHosts(`${next} orders.test`)
        await until(() => {
          const isGone = calls.seen.size === 1 && calls.seen.has(next)
          calls.seen.clear()
          return isGone
        }, 'the last address to be left')
      }
      expect(calls.failures).toEqual([])
    }
  })

  it('SRV records: the lowest priority alone is used, and shared by weight', async () => {
    const [a, b, backup] = await Promise.all([1, 2, 3].map(() => listening(createServer(echo), '0.0.0.0')))
    const record = (target: string, port: number | undefined, priority: number, weight: number): string =>
      `--srv-host=_http._tcp.orders.test,${target},${port},${priority},${weight}`
    await using dns = await startDnsmasq([
      record('a.test', a?.port, 1, 3),
      record('b.test', b?.port, 1, 1),
      record('c.test', backup?.port, 2, 100),
      '--host-record=a.test,127.0.0.2',
      '--host-record=b.test,127.0.0.3',
      '--host-record=c.test,127.0.0.4',
    ])
    const discovery = { srv: { name: '_http._tcp.orders.test', server: dns.server } }
    {
      await using gateway = startRouting(one({ discovery, balance: 'round-robin' }))
      const counts: Record<string, number> = {}
      for (let i = 0; i < 12; i++) {
        const answer = await gateway.ask('http://any/')
        counts[answer] = (counts[answer] ?? 0) + 1
      }
      expect(counts).toEqual({
        [`200 a.test:${a?.port} 127.0.0.2`]: 9,
        [`200 b.test:${b?.port} 127.0.0.3`]: 3,
      })
    }
    for (const server of [a, b, backup]) await server?.[Symbol.asyncDispose]()
  })
})

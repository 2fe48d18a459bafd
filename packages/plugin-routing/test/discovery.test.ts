/** Services whose endpoints are found while the gateway runs: real requests, real services. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { definePlugin, type Exchange } from '@postern/core'
import { createLogRecorder, until } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import { type RoutingOptions, routing, type ServiceDiscovery, type ServiceOptions } from '../src/index.ts'
import { HandDiscovery } from './_support/hand-discovery.ts'
import { deadAddress, startRouting, startService, startStuck } from './_support/services.ts'

const found = (discovery: ServiceDiscovery, more: Partial<ServiceOptions> = {}): RoutingOptions => ({
  services: { orders: { discovery, ...more } },
  routes: [{ match: {}, to: 'orders' }],
})
const ask = 'http://gateway/'
const HOUR_MS = 3_600_000

describe('before the first answer', () => {
  it('requests wait for it', async () => {
    await using a = await startService('a')
    const registry = new HandDiscovery()
    await using gateway = startRouting(found(registry))
    const asked = Promise.all([1, 2, 3].map(() => gateway.ask(ask)))
    await setImmediate()
    registry.say(a.url)
    expect(await asked).toEqual(Array(3).fill('200 a /'))
  })

  it('they wait no longer than for a connection, and nobody is blamed', async () => {
    const { logger, lines } = createLogRecorder()
    await using gateway = startRouting(found(new HandDiscovery()), { logger, timeouts: { connectMs: 20 } })
    const response = await gateway.gateway.fetch(ask)
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('1')
    expect(await response.text()).toContain('GW_UPSTREAM_NO_ENDPOINT')
    expect(lines.filter(({ level }) => level === 'error')).toEqual([])
  })

  it('nor than the plugin may take', async () => {
    const timeouts = { connectMs: 60_000, pluginMs: 50 }
    await using gateway = startRouting(found(new HandDiscovery()), { timeouts })
    expect(await gateway.ask(ask)).toContain('GW_UPSTREAM_NO_ENDPOINT')
  })

  it('no more than a thousand wait', async () => {
    await using a = await startService('a')
    const registry = new HandDiscovery()
    const timeouts = { connectMs: HOUR_MS, pluginMs: HOUR_MS }
    await using gateway = startRouting(found(registry), { timeouts })
    const asked = Array.from({ length: 1_001 }, () => gateway.ask(ask))
    expect(await Promise.race(asked)).toContain('GW_UPSTREAM_NO_ENDPOINT')
    registry.say(a.url)
    const answers = await Promise.all(asked)
    expect(answers.filter((answer) => answer === '200 a /')).toHaveLength(1_000)
  })
})

describe('a change', () => {
  it('drops no request, however many there are', async () => {
    const registry = new HandDiscovery()
    await using gateway = startRouting(found(registry))
    const failures: string[] = []
    let done = false
    let answered = 0
    const caller = async (): Promise<void> => {
      while (!done) {
        const init = { method: 'POST', body: 'once' }
        const answer = await gateway.ask(ask, init)
        answered++
        if (!/^200 s\d+ \/$/.test(answer)) failures.push(answer)
      }
    }
    let last = await startService('s0')
    registry.say(last.url)
    const callers = [1, 2, 3, 4].map(caller)
    for (let i = 1; i <= 60; i++) {
      const next = await startService(`s${i}`)
      registry.say(last.url, next.url)
      registry.say(next.url)
      // Whoever chose the old one before has its answer by then: each caller has one request at a time.
      const after = answered + 2 * callers.length
      await until(() => answered >= after, 'the requests that run to end')
      await last[Symbol.asyncDispose]()
      last = next
    }
    done = true
    await Promise.all(callers)
    await last[Symbol.asyncDispose]()
    expect(failures).toEqual([])
  })

  it('of a file that is replaced drops none either', async () => {
    await using a = await startService('a')
    await using b = await startService('b')
    const folder = await mkdtemp(join(tmpdir(), 'postern-discovery-'))
    const path = join(folder, 'endpoints.json')
    const replace = async (...urls: string[]): Promise<void> => {
      await writeFile(`${path}.new`, JSON.stringify(urls))
      await rename(`${path}.new`, path)
    }
    await replace(a.url)
    {
      await using gateway = startRouting(found({ file: { path } }))
      const failures: string[] = []
      let seen = ''
      let done = false
      const caller = async (): Promise<void> => {
        while (!done) {
          seen = await gateway.ask(ask, { method: 'POST', body: 'once' })
          if (!seen.startsWith('200 ')) failures.push(seen)
        }
      }
      const callers = [1, 2, 3, 4].map(caller)
      for (let i = 0; i < 10; i++) {
        const [url, name] = i % 2 === 0 ? [b.url, 'b'] : [a.url, 'a']
        await replace(url)
        await until(() => seen === `200 ${name} /`, 'the other service to answer')
      }
      done = true
      await Promise.all(callers)
      expect(failures).toEqual([])
    }
    await rm(folder, { recursive: true })
  })

  it('lets what runs on an endpoint that is gone come to its end', async () => {
    const responses: ServerResponse[] = []
    const server = createServer((_request, response) => {
      response.write('begin ')
      responses.push(response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    await using a = await startService('a')
    const registry = new HandDiscovery()
    await using gateway = startRouting(found(registry))
    registry.say(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const stream = await gateway.gateway.fetch(ask)
    registry.say(a.url)
    for (let i = 0; i < 5; i++) expect(await gateway.ask(ask)).toBe('200 a /')
    expect(responses).toHaveLength(1)
    responses[0]?.end('end')
    expect(await stream.text()).toBe('begin end')
    await new Promise((resolve) => server.close(resolve))
  })

  it('keeps what is known of those that stay: who is ejected, and what runs', async () => {
    await using a = await startService('a')
    await using b = await startService('b')
    const dead = await deadAddress()
    const seen: Exchange[] = []
    const record = definePlugin({
      name: 'record',
      version: '1.0.0',
      api: '1.0',
      fault: 'observer',
      setup: ({ hooks }) => hooks.onFinish.tap((exchange) => seen.push(exchange)),
    })
    const registry = new HandDiscovery()
    await using gateway = startRouting(found(registry, { balance: 'round-robin', ejectMs: HOUR_MS }), {}, [
      record(),
    ])
    registry.say(dead, a.url)
    for (let i = 0; i < 10; i++) await gateway.ask(ask)
    registry.say({ url: dead, weight: 50, zone: 'x' }, a.url, b.url)
    for (let i = 0; i < 10; i++) await gateway.ask(ask)
    // The first who met the dead one had to go on; nobody has met it since.
    expect(seen.filter(({ attempt }) => attempt?.number === 2)).toHaveLength(1)
    expect(seen.map(({ status }) => status)).toEqual(Array(20).fill(200))
  })

  it('while a request fails to connect leads it on to the new endpoint', async () => {
    await using a = await startService('a')
    const registry = new HandDiscovery()
    const move = definePlugin({
      name: 'move',
      version: '1.0.0',
      api: '1.0',
      fault: 'observer',
      setup: ({ hooks }) =>
        hooks.onRoute.tap((route) => route.hooks.onAttemptEnd.tap(() => registry.say(a.url))),
    })
    await using gateway = startRouting(found(registry), {}, [move()])
    registry.say(await deadAddress())
    expect(await gateway.ask(ask, { method: 'POST', body: 'once' })).toBe('200 a /')
  })

  it('of weights counts', async () => {
    await using a = await startService('a')
    await using b = await startService('b')
    const registry = new HandDiscovery()
    await using gateway = startRouting(found(registry, { balance: 'round-robin' }))
    const count = async (): Promise<Record<string, number>> => {
      const counts: Record<string, number> = {}
      for (let i = 0; i < 12; i++) {
        const [, name = ''] = (await gateway.ask(ask)).split(' ')
        counts[name] = (counts[name] ?? 0) + 1
      }
      return counts
    }
    registry.say(a.url, b.url)
    expect(await count()).toEqual({ a: 6, b: 6 })
    registry.say(a.url, { url: b.url, weight: 3 })
    expect(await count()).toEqual({ a: 3, b: 9 })
    registry.say(a.url, { url: b.url, weight: 0 })
    expect(await count()).toEqual({ a: 12 })
  })

  it('goes on from connections to endpoints that stay', async () => {
    await using stuck = await startStuck('stuck')
    await using a = await startService('a')
    const registry = new HandDiscovery()
    await using gateway = startRouting(found(registry, { balance: 'least-requests' }))
    registry.say(stuck.url)
    const waiting = gateway.ask(ask)
    await until(() => stuck.waiting.length === 1, 'the request to arrive')
    registry.say(stuck.url, a.url)
    // What runs on the first one counts still.
    for (let i = 0; i < 5; i++) expect(await gateway.ask(ask)).toBe('200 a /')
    stuck.release()
    expect(await waiting).toBe('200 stuck')
  })
})

describe('what makes no sense', () => {
  it.each<[string, (registry: HandDiscovery) => void]>([
    ['an empty list', (registry) => registry.say()],
    ['what is no list', (registry) => registry.sayAnything({ url: 'http://a' })],
    ['an address that is no text', (registry) => registry.sayAnything([{ url: 7 }])],
    ['an address that is none', (registry) => registry.say('ftp://a')],
    ['credentials', (registry) => registry.say('http://user:secret@a')],
    ['an unknown key', (registry) => registry.say({ url: 'http://a', wieght: 2 } as never)],
    ['a name in place of an address', (registry) => registry.say({ url: 'http://a', address: 'b' })],
    ['TLS settings without TLS', (registry) => registry.say({ url: 'http://a', tls: {} })],
    ['too many', (registry) => registry.say(...Array.from({ length: 10_001 }, (_, i) => `http://a${i}`))],
    ['a registry that is down', (registry) => registry.fail('down')],
  ])('leaves what was known, and is logged once: %s', async (_, break_) => {
    await using a = await startService('a')
    const registry = new HandDiscovery()
    const { logger, lines } = createLogRecorder()
    await using gateway = startRouting(found(registry), { logger })
    registry.say(a.url)
    break_(registry)
    break_(registry)
    expect(await gateway.ask(ask)).toBe('200 a /')
    const warnings = lines.filter(({ level }) => level === 'warn')
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Service orders: its endpoints cannot be found out, those known last stay: /),
    ])
    expect(JSON.stringify(lines)).not.toContain('secret')
    registry.say(a.url)
    expect(lines.at(-1)?.message).toBe('Service orders: its source answers again')
  })
})

describe('a reload', () => {
  it('that leaves the source as it is goes on from what is known', async () => {
    await using a = await startService('a')
    await using b = await startService('b')
    const registry = new HandDiscovery()
    await using gateway = startRouting(found(registry))
    registry.say(a.url)
    expect(await gateway.ask(ask)).toBe('200 a /')
    await gateway.gateway.reload([routing(found(registry, { balance: 'round-robin' }))], { logger: false })
    expect(await gateway.ask(ask)).toBe('200 a /')
    registry.say(b.url)
    expect(await gateway.ask(ask)).toBe('200 b /')
    expect(registry.watched).toEqual(['orders'])
    expect(registry.closed).toBe(0)
  })

  it('that leaves the service out ends its watch', async () => {
    await using a = await startService('a')
    const registry = new HandDiscovery()
    await using gateway = startRouting(found(registry))
    registry.say(a.url)
    const options = { services: { orders: { endpoints: [a.url] } }, routes: [{ match: {}, to: 'orders' }] }
    await gateway.gateway.reload([routing(options)], { logger: false })
    await until(() => registry.closed === 1, 'the watch to close')
    registry.say('http://127.0.0.1:1')
    expect(await gateway.ask(ask)).toBe('200 a /')
  })

  it('that fails leaves the watch to the generation that runs', async () => {
    await using a = await startService('a')
    await using b = await startService('b')
    const registry = new HandDiscovery()
    await using gateway = startRouting(found(registry))
    registry.say(a.url)
    const broken = { ...found(registry), routes: [{ match: {}, to: 'ordrs' }] }
    await expect(gateway.gateway.reload([routing(broken)])).rejects.toThrow('ordrs')
    registry.say(b.url)
    expect(await gateway.ask(ask)).toBe('200 b /')
    expect(registry.closed).toBe(0)
  })
})

it('one object serves many services, each with its own watch', async () => {
  await using a = await startService('a')
  const registry = {
    closed: 0,
    watch(service: string, listener: { update(endpoints: readonly string[]): void }) {
      listener.update([`${a.url}/${service}`])
      return { close: () => void this.closed++ }
    },
  }
  const gateway = startRouting({
    services: { x: { discovery: registry }, y: { discovery: registry } },
    routes: [
      { match: { path: '/x' }, to: 'x' },
      { match: { path: '/y' }, to: 'y' },
    ],
  })
  expect(await gateway.ask(`${ask}x`)).toBe('200 a /x/x')
  expect(await gateway.ask(`${ask}y`)).toBe('200 a /y/y')
  await gateway[Symbol.asyncDispose]()
  expect(registry.closed).toBe(2)
})

it('what a discovery throws stops the start', () => {
  const discovery = {
    watch(): never {
      throw new Error('no token')
    },
  }
  expect(() => startRouting(found(discovery))).toThrow('no token')
})

describe('options', () => {
  const registry = new HandDiscovery()
  it.each<[string, ServiceOptions, string]>([
    ['neither', {}, 'services.orders: found neither endpoints nor discovery'],
    [
      'both',
      { endpoints: ['http://a'], discovery: registry },
      'found both endpoints and discovery; needed: one of',
    ],
    [
      'two sources',
      { discovery: { dns: { name: 'a', port: 1 }, file: { path: 'b' } } },
      'exactly one of dns, srv',
    ],
    ['no source', { discovery: {} as never }, 'exactly one of dns, srv'],
    ['an unknown source', { discovery: { dsn: { name: 'a', port: 1 } } as never }, 'Did you mean "dns"?'],
    ['an unknown key', { discovery: { dns: { name: 'a', prot: 1 } } as never }, 'Did you mean "port"?'],
    ['an address as name', { discovery: { dns: { name: '10.0.0.1', port: 1 } } }, 'an address needs no DNS'],
    ['a URL as name', { discovery: { dns: { name: 'http://a', port: 1 } } }, 'Expected a name'],
    ['a port that is none', { discovery: { dns: { name: 'a', port: 0 } } }, 'dns.port'],
    ['a server by name', { discovery: { srv: { name: 'a', server: 'ns' } } }, 'Expected an IP address'],
    ['bounds', { discovery: { srv: { name: 'a', minTtlMs: 9, maxTtlMs: 8 } } }, 'minTtlMs is above maxTtlMs'],
    [
      'a base path without a slash',
      { discovery: { srv: { name: 'a', path: 'v1' } } },
      'Expected a path such as',
    ],
    [
      'a base path with a query',
      { discovery: { srv: { name: 'a', path: '/v1?x' } } },
      'Expected a path such as',
    ],
    [
      'a base path with dots',
      { discovery: { dns: { name: 'a', port: 1, path: '/v1/../x' } } },
      'Expected a path',
    ],
    ['a base path that starts a host', { discovery: { srv: { name: 'a', path: '//b' } } }, 'Expected a path'],
    ['an empty path', { discovery: { file: { path: '' } } }, 'file.path'],
  ])('are refused: %s', (_, orders, message) => {
    const options = { services: { orders }, routes: [{ match: {}, to: 'orders' }] }
    expect(() => startRouting(options)).toThrow(message)
  })
})

import { createGateway, definePlugin, getHeader, isGatewayError, type PluginInstance } from '@postern/core'
import { principal } from '@postern/core/contracts'
import { describe, expect, it } from 'vitest'
import { type RouteTarget, type RoutingOptions, routing, routingView } from '../../src/index.ts'
import { deadAddress, startRouting, startService } from '../_support/services.ts'

/** A guard that believes whatever it is told, and tells nothing before it has waited. */
const guard = definePlugin({
  name: 'guard',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  provides: [principal],
  setup({ hooks }) {
    hooks.onRoute.tap((route) =>
      route.hooks.preForward.tap(async ({ requestHeaders }) => {
        await Promise.resolve()
        return requestHeaders.includes('forbidden') ? { status: 403 } : undefined
      }),
    )
    hooks.onRoute.tap((route) =>
      route.hooks.preForward.tap((exchange) => {
        const id = exchange.requestHeaders[exchange.requestHeaders.indexOf('x-token') + 1] ?? ''
        const [scheme = '', ...scopes] = (getHeader(exchange.requestHeaders, 'x-proof') ?? 'test').split(' ')
        const issuer = getHeader(exchange.requestHeaders, 'x-issuer')
        exchange.set(principal, { id, kind: 'service', issuer, scheme, scopes, claims: {}, via: [] })
        exchange.caller = id
      }),
    )
  },
})

const target = (to: RouteTarget, urls: Record<string, string>): RoutingOptions => ({
  services: Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, { endpoints: [url] }])),
  routes: [{ match: {}, to }],
})

describe('a target with rules', () => {
  const to: RouteTarget = {
    rules: [
      { when: { headers: { 'X-Beta': '1' }, query: { v: { prefix: '2' } } }, to: 'beta' },
      { when: { caller: ['team-a', 'team-b'] }, to: 'team' },
      { when: { query: { half: { present: true } } }, to: { split: [{ to: 'beta', weight: 1 }] } },
    ],
    otherwise: 'orders',
  }

  it('leads by header, query and verified caller: the first that fits', async () => {
    await using orders = await startService('orders')
    await using beta = await startService('beta')
    await using team = await startService('team')
    await using gateway = startRouting(
      target(to, { orders: orders.url, beta: beta.url, team: team.url }),
      {},
      [guard()],
    )
    const ask = (path: string, headers: Record<string, string> = {}) =>
      gateway.ask(`http://gateway${path}`, { headers })
    expect(await ask('/?v=2.1', { 'x-beta': '1', 'x-token': 'team-a' })).toBe('200 beta /?v=2.1')
    expect(await ask('/?v=1', { 'x-beta': '1', 'x-token': 'nobody' })).toBe('200 orders /?v=1')
    expect(await ask('/', { 'x-token': 'team-b' })).toBe('200 team /')
    expect(await ask('/?half', { 'x-token': 'nobody' })).toBe('200 beta /?half')
    expect(await ask('/', { 'x-token': 'team' })).toBe('200 orders /')
  })
})

describe('a rule by the principal', () => {
  const to: RouteTarget = {
    rules: [
      { when: { scheme: ['mtls', 'api-key'] }, to: 'machine' },
      { when: { scopes: ['orders.read', 'orders.write'], caller: 'team-a' }, to: 'writer' },
      { when: { scopes: 'orders.read', scheme: 'jwt' }, to: 'reader' },
      { when: { issuer: 'https://idp.internal', caller: 'team-a' }, to: 'internal' },
    ],
    otherwise: 'orders',
  }
  const start = async (guards: readonly PluginInstance[]) => {
    const names = ['machine', 'writer', 'reader', 'internal', 'orders']
    const services = await Promise.all(names.map((name) => startService(name)))
    const view = routingView()
    const urls = Object.fromEntries(names.map((name, i) => [name, services[i]?.url ?? '']))
    const gateway = startRouting({ ...target(to, urls), view }, {}, guards)
    return {
      view,
      ask: (token: string, proof: string, issuer = 'test') =>
        gateway.ask('http://gateway/', {
          headers: { 'x-token': token, 'x-proof': proof, 'x-issuer': issuer },
        }),
      async [Symbol.asyncDispose]() {
        await gateway[Symbol.asyncDispose]()
        for (const service of services) await service[Symbol.asyncDispose]()
      },
    }
  }

  it('leads by how it proved itself, and by the scopes that it holds: all of them', async () => {
    await using gateway = await start([guard()])
    expect(await gateway.ask('team-a', 'mtls')).toBe('200 machine /')
    expect(await gateway.ask('team-a', 'api-key orders.read orders.write')).toBe('200 machine /')
    expect(await gateway.ask('team-a', 'jwt orders.write other orders.read')).toBe('200 writer /')
    expect(await gateway.ask('team-b', 'jwt orders.write orders.read')).toBe('200 reader /')
    expect(await gateway.ask('team-a', 'opaque orders.read')).toBe('200 orders /')
    expect(await gateway.ask('team-a', 'jwt orders.readonly')).toBe('200 orders /')
  })

  it('leads by who vouches for it: an id is unique only within its issuer', async () => {
    await using gateway = await start([guard()])
    expect(await gateway.ask('team-a', 'jwt', 'https://idp.internal')).toBe('200 internal /')
    expect(await gateway.ask('team-a', 'jwt', 'https://partner')).toBe('200 orders /')
  })

  it('needs no guard: without a principal none of it holds', async () => {
    await using gateway = await start([])
    expect(await gateway.ask('team-a', 'mtls orders.read orders.write')).toBe('200 orders /')
  })

  it('is told in words', async () => {
    await using gateway = await start([])
    expect(gateway.view.explain({ host: 'gateway', path: '/' }).target).toMatchObject({
      rules: [
        { when: 'scheme=mtls or api-key' },
        { when: 'caller=team-a; scopes=orders.read and orders.write' },
        { when: 'scheme=jwt; scopes=orders.read' },
        { when: 'caller=team-a; issuer=https://idp.internal' },
      ],
    })
  })
})

describe('a split', () => {
  it('keeps one exchange on one service, however many attempts there are', async () => {
    const services: string[][] = []
    const look = definePlugin({
      name: 'look',
      version: '1.0.0',
      api: '1.0',
      fault: 'observer',
      setup({ hooks }) {
        hooks.onFinish.tap((exchange) => {
          const tried: string[] = []
          for (let { attempt } = exchange; attempt !== null; attempt = attempt.previous)
            tried.push(attempt.endpoint?.service ?? '')
          services.push(tried)
        })
      },
    })
    const dead = async () => ({ ejectMs: 0, endpoints: [await deadAddress(), await deadAddress()] })
    const options: RoutingOptions = {
      services: { a: await dead(), b: await dead() },
      routes: [{ match: {}, to: { split: ['a', 'b'].map((to) => ({ to, weight: 1 })) } }],
    }
    await using gateway = startRouting(options, {}, [look()])
    for (let i = 0; i < 40; i++) await gateway.ask('http://gateway/')
    // By chance alone, one of 40 would mix both in all but one of 10^12 runs, and none would go to one of the two.
    expect(new Set(services.map((tried) => tried.join()))).toEqual(new Set(['a,a', 'b,b']))
  })

  it('leads a key to the same service after a reload, from the caller seat, too', async () => {
    await using a = await startService('a')
    await using b = await startService('b')
    const options = target(
      {
        split: [
          { to: 'a', weight: 1 },
          { to: 'b', weight: 1 },
        ],
        by: { cookie: 'sid' },
      },
      { a: a.url, b: b.url },
    )
    await using gateway = startRouting(options)
    const dispatcher = gateway.gateway.dispatcher()
    const ask = async () => {
      const answers: string[] = []
      for (let i = 0; i < 16; i++) {
        const headers = { cookie: `x=1; sid=${i}` }
        answers.push(await (await fetch('http://orders/', { headers, dispatcher } as object)).text())
      }
      return answers
    }
    const before = await ask()
    expect(new Set(before)).toEqual(new Set(['a /', 'b /']))
    await gateway.gateway.reload([routing(options)], { logger: false })
    expect(await ask()).toEqual(before)
  })
})

describe('a target is refused, with its place and the fix', () => {
  const split = (...parts: [string, number][]) => ({ split: parts.map(([to, weight]) => ({ to, weight })) })
  it.each<[string, unknown, string]>([
    ['an unknown service', split(['a', 1], ['bb', 1]), 'routes[0].to.split[1].to: found "bb"'],
    ['a service twice', split(['a', 1], ['a', 2]), 'routes[0].to.split[1].to: found the service of split[0]'],
    ['nothing but 0', split(['a', 0], ['b', 0]), 'routes[0].to.split: found weights that are all 0'],
    ['a negative weight', split(['a', -1]), 'routes[0].to.split[0].weight'],
    ['an unknown key', { ...split(['a', 1]), bye: 'caller' }, 'bye'],
    [
      'a rule without a condition',
      { rules: [{ when: {}, to: 'a' }], otherwise: 'b' },
      'routes[0].to.rules[0].when: found no condition',
    ],
    [
      'an unknown service in a rule',
      { rules: [{ when: { caller: 'x' }, to: split(['c', 1]) }], otherwise: 'b' },
      'routes[0].to.rules[0].to.split[0].to: found "c"',
    ],
    ['no rest', { rules: [{ when: { caller: 'x' }, to: 'a' }] }, 'routes[0].to.otherwise'],
    [
      'a header that routes cannot see',
      { rules: [{ when: { headers: { host: 'x' } }, to: 'a' }], otherwise: 'b' },
      'routes[0].to.rules[0].when.headers.host',
    ],
  ])('%s', (_, to, message) => {
    const options = target(to as RouteTarget, { a: 'http://127.0.0.1:1', b: 'http://127.0.0.1:2' })
    let thrown: unknown
    try {
      void createGateway([routing(options)], { logger: false }).close()
    } catch (error) {
      thrown = error
    }
    expect(isGatewayError(thrown) && thrown.code).toBe('GW_PLUGIN_OPTIONS_INVALID')
    expect((thrown as Error).message).toContain(message)
  })
})

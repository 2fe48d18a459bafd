import { expect, test } from 'vitest'
import type { Endpoint } from '../src/index.ts'
import { createTestGateway } from '../src/testing.ts'
import { plugin } from './support.ts'

test('an exchange meets every hook in the order of the lifecycle', async () => {
  const seen: string[] = []
  const watcher = plugin('watcher', ({ hooks }) => {
    hooks.onRequest.tap(() => void seen.push('onRequest'))
    hooks.preMatch.tap(() => void seen.push('preMatch'))
    hooks.pickRoute.tap(() => void seen.push('pickRoute'))
    hooks.onFinish.tap(() => void seen.push('onFinish (gateway)'))
    hooks.onRoute.tap((route) => {
      seen.push('onRoute')
      route.hooks.preForward.tap(() => void seen.push('preForward'))
      route.hooks.pickEndpoint.tap(() => void seen.push('pickEndpoint'))
      route.hooks.mapUpstreamRequest.tap(() => void seen.push('mapUpstreamRequest'))
      route.hooks.onAttemptEnd.tap(() => void seen.push('onAttemptEnd'))
      route.hooks.pickRetry.tap(() => void seen.push('pickRetry'))
      route.hooks.mapResponse.tap(() => void seen.push('mapResponse'))
      route.hooks.onFinish.tap(() => void seen.push('onFinish (route)'))
    })
  })
  await using tested = await createTestGateway([watcher])
  await (await tested.fetch('/')).text()
  await tested.finished(1)
  expect(seen).toEqual([
    'onRoute',
    'onRequest',
    'preMatch',
    'pickRoute',
    'preForward',
    'pickEndpoint',
    'mapUpstreamRequest',
    'mapResponse',
    'onAttemptEnd',
    'onFinish (gateway)',
    'onFinish (route)',
  ])
})

test('pickRetry decides about a failed attempt, and each attempt has its own pickEndpoint, map and end', async () => {
  const seen: string[] = []
  let next: Endpoint | undefined
  const retrier = plugin('retrier', ({ hooks, endpoint }) => {
    const dead = endpoint('http://127.0.0.1:1')
    hooks.onRoute.tap((route) => {
      route.hooks.pickEndpoint.tap((exchange) => {
        seen.push('pickEndpoint')
        return exchange.attempt ? next : dead
      })
      route.hooks.mapUpstreamRequest.tap(() => void seen.push('map'))
      route.hooks.onAttemptEnd.tap((exchange) => {
        seen.push(
          `end ${exchange.attempt?.number} ${exchange.attempt?.error?.code ?? exchange.attempt?.status}`,
        )
      })
      route.hooks.pickRetry.tap(() => {
        seen.push('pickRetry')
        return 0
      })
    })
  })
  await using tested = await createTestGateway([retrier])
  next = undefined
  const response = await tested.fetch('/')
  await response.text()
  expect(response.status).toBe(200)
  expect(seen).toEqual([
    'pickEndpoint',
    'map',
    'end 1 GW_UPSTREAM_CONNECT_REFUSED',
    'pickRetry',
    'pickEndpoint',
    'map',
    'end 2 200',
  ])
})

test('preMatch answers before routing, preForward before forwarding, and onFinish runs for both', async () => {
  const answers = plugin('answers', ({ hooks }) => {
    hooks.preMatch.tap((exchange) =>
      exchange.path === '/health' ? { status: 200, body: 'well' } : undefined,
    )
    hooks.onRoute.tap((route) => {
      route.hooks.preForward.tap((exchange) =>
        exchange.path === '/no' ? { status: 403, headers: ['x-why', 'because'], body: 'no' } : undefined,
      )
    })
  })
  await using tested = await createTestGateway([answers])
  const health = await tested.fetch('/health')
  expect([health.status, await health.text()]).toEqual([200, 'well'])
  const refused = await tested.fetch('/no')
  expect([refused.status, refused.headers.get('x-why'), await refused.text()]).toEqual([403, 'because', 'no'])
  await tested.finished(2)
  expect(tested.exchanges.map(({ route }) => route?.id)).toEqual([undefined, 'default'])
  expect(tested.upstream.requests).toHaveLength(0)
})

test('a plugin changes what the upstream and the client get', async () => {
  const changer = plugin(
    'changer',
    ({ hooks }) => {
      hooks.onRoute.tap((route) => {
        route.hooks.mapUpstreamRequest.tap((exchange) => {
          exchange.upstreamPath = `/v2${exchange.upstreamPath}`
          exchange.upstreamQuery += '&d=e'
          exchange.upstreamRequestHeaders.push('x-user', 'ann')
        })
        route.hooks.mapResponse.tap((exchange) => {
          exchange.status = 202
          exchange.responseHeaders.push('x-gateway', 'was here')
        })
      })
    },
    { owns: ['X-User'] },
  )
  await using tested = await createTestGateway([changer])
  const response = await tested.fetch('/a?b=c', { headers: { 'x-user': 'mallory' } })
  await response.text()
  expect([response.status, response.headers.get('x-gateway')]).toEqual([202, 'was here'])
  const [request] = tested.upstream.requests
  expect([request?.url, request?.headers['x-user']]).toEqual(['/v2/a?b=c&d=e', 'ann'])
  await tested.finished(1)
  expect(tested.exchanges[0]?.query).toBe('?b=c')
})

test('what a plugin changes for one attempt is not there in the next', async () => {
  let dead: Endpoint | undefined
  const again = plugin('again', (host) => {
    dead = host.endpoint('http://127.0.0.1:1')
    host.hooks.onRoute.tap(({ hooks }) => {
      hooks.pickEndpoint.tap(({ attempt }) => (attempt === null ? dead : undefined))
      hooks.mapUpstreamRequest.tap((exchange) => {
        exchange.upstreamPath += 'x'
        exchange.upstreamQuery += '&x'
      })
      hooks.pickRetry.tap(() => 0)
    })
  })
  await using tested = await createTestGateway([again])
  await (await tested.fetch('/a?b')).text()
  expect(tested.upstream.requests.map(({ url }) => url)).toEqual(['/ax?b&x'])
})

test('a plugin sees on each route which request headers plugins own there', async () => {
  const seen: Record<string, readonly string[]> = {}
  const look = plugin('look', ({ hooks, addRoute }) => {
    addRoute({ id: 'without', plugins: { owner: 'off' } })
    hooks.onRoute.tap(({ route, ownedRequestHeaders }) => {
      seen[route.id] = [...ownedRequestHeaders]
    })
  })
  const owner = plugin('owner', () => {}, { owns: ['X-User'] })
  await using _ = await createTestGateway([look, owner])
  expect(seen).toEqual({ default: ['x-user'], without: [] })
})

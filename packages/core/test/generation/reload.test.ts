import { expect, test } from 'vitest'
import { createGateway, isGatewayError } from '../../src/index.ts'
import { createTestGateway, createUpstream, until } from '../../src/testing.ts'
import { plugin } from '../support.ts'

const stamp = (value: string, closed: string[] = []) =>
  plugin('stamp', ({ hooks }) => {
    hooks.onRoute.tap((route) =>
      route.hooks.mapResponse.tap((exchange) => void exchange.responseHeaders.push('x-stamp', value)),
    )
    return { close: () => void closed.push(value) }
  })

test('a reload swaps plugins in one step; a running exchange ends in its own generation, which closes after it', async () => {
  const closed: string[] = []
  await using tested = await createTestGateway(
    [stamp('one', closed)],
    {},
    { kind: 'trickle', chunks: 10, bytes: 10, everyMs: 20 },
  )
  const running = await tested.fetch('/')
  await tested.reload([stamp('two', closed)])
  expect(closed).toEqual([])
  expect(tested.gateway.stats()).toMatchObject({ generation: 2, liveGenerations: 2 })
  tested.upstream.behave({ kind: 'echo' })
  expect((await tested.fetch('/')).headers.get('x-stamp')).toBe('two')
  expect([running.headers.get('x-stamp'), (await running.text()).length]).toEqual(['one', 100])
  await until(() => closed.length === 1, 'the first generation to close')
  expect(closed).toEqual(['one'])
  expect(tested.gateway.stats().liveGenerations).toBe(1)
})

test('a reload that fails changes nothing and says why', async () => {
  await using tested = await createTestGateway([stamp('one')])
  const error = await tested
    .reload([plugin('future', () => {}, { api: '9.0' })])
    .catch((thrown: unknown) => thrown)
  expect(isGatewayError(error) && error.code).toBe('GW_PLUGIN_API_MISMATCH')
  expect((await tested.fetch('/')).headers.get('x-stamp')).toBe('one')
  expect(tested.gateway.stats()).toMatchObject({ generation: 1, liveGenerations: 1 })
})

test('connections to an upstream outlive a reload', async () => {
  await using tested = await createTestGateway([])
  let sockets = 0
  await (await tested.fetch('/')).text()
  const [before] = tested.upstream.requests
  await tested.reload([])
  await (await tested.fetch('/')).text()
  sockets = await tested.upstream.connections()
  expect(before).toBeDefined()
  expect(sockets).toBe(1)
})

test('close waits for what runs, then refuses; twice is the same as once', async () => {
  const tested = await createTestGateway([], {}, { kind: 'trickle', chunks: 5, bytes: 10, everyMs: 20 })
  const running = await tested.fetch('/')
  const closing = tested.gateway.close({ graceMs: 5_000 })
  expect(tested.gateway.readiness()).toEqual({ ready: false, reasons: ['The gateway is shutting down'] })
  expect((await running.text()).length).toBe(50)
  await closing
  await tested.gateway.close()
  await expect(fetch(tested.url)).rejects.toThrow()
  await expect(tested.gateway.reload([])).rejects.toMatchObject({ code: 'GW_GATEWAY_CLOSING' })
  await tested.close()
})

test('close cuts what runs longer than the grace time', async () => {
  const tested = await createTestGateway([], {}, { kind: 'silent' })
  const pending = tested.fetch('/').then(
    () => 'answered',
    () => 'cut',
  )
  await until(() => tested.upstream.requests.length === 1, 'the request to reach the upstream')
  await tested.gateway.close({ graceMs: 50 })
  expect(await pending).toBe('cut')
  expect(tested.exchanges[0]?.error?.code).toBe('GW_GATEWAY_CLOSING')
  await tested.close()
})

test('a taken port is one clear line', async () => {
  await using upstream = await createUpstream()
  const gateway = createGateway([], { upstream: upstream.url, logger: false })
  await expect(gateway.listen({ port: upstream.port })).rejects.toMatchObject({
    code: 'GW_LISTEN_FAILED',
    message: `Port ${upstream.port} on 127.0.0.1 is taken by another process. Stop it or choose another port`,
  })
  await gateway.close()
})

test('readiness says why a guard cannot work', async () => {
  let keys: true | string = 'no keys yet'
  const guard = plugin('keyed', () => ({ ready: () => keys }), { fault: 'guard' })
  await using tested = await createTestGateway([guard])
  expect(tested.gateway.readiness()).toEqual({ ready: false, reasons: ['keyed: no keys yet'] })
  keys = true
  expect(tested.gateway.readiness().ready).toBe(true)
})

test('an address is as old as the gateway knows it: a reload that keeps it keeps its age, one that adds it does not', async () => {
  const ages = new Map<string, number>()
  const knows = (...urls: string[]) =>
    plugin('knows', (gateway) => {
      ages.clear()
      for (const url of urls) ages.set(url, gateway.endpoint(url).sinceMs)
    })
  const [a, b, c] = ['http://127.0.0.1:1', 'http://127.0.0.1:2', 'http://127.0.0.1:3'] as const
  const gateway = createGateway([knows(a, b)], { logger: false })
  const first = ages.get(a)
  // What is defined at once is equally old, however long set-up takes.
  expect(ages.get(b)).toBe(first)
  await gateway.reload([knows(a, c)], { logger: false })
  expect(ages.get(a)).toBe(first)
  expect(ages.get(c)).toBeGreaterThan(first as number)
  // Gone and back is new.
  await gateway.reload([knows(a, b)], { logger: false })
  expect(ages.get(a)).toBe(first)
  expect(ages.get(b)).toBeGreaterThan(first as number)
  await gateway.close()
})

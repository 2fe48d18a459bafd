import { describe, expect, test } from 'vitest'
import { getHeader, type ModeSettings, type PluginInstance } from '../../src/index.ts'
import { createTestGateway, type TestGateway } from '../../src/testing.ts'
import { plugin } from '../support.ts'

/** Refuses whoever has no key, names whoever has one, and marks what it lets through. */
function keyGuard(settings: ModeSettings): PluginInstance {
  return plugin(
    'key-guard',
    ({ hooks }) => {
      hooks.onRoute.tap((route) => {
        route.hooks.preForward.tap(
          (exchange) => {
            const key = getHeader(exchange.requestHeaders, 'x-key')
            if (key !== undefined) exchange.caller = key
            return key === 'good' ? undefined : { status: 401 }
          },
          {
            observe: (exchange) =>
              getHeader(exchange.requestHeaders, 'x-key') === undefined ? 'none' : 'key',
          },
        )
        route.hooks.mapUpstreamRequest.tap(
          (exchange) => void exchange.upstreamRequestHeaders.push('x-guarded', 'yes'),
        )
      })
    },
    { fault: 'guard', settings, owns: ['x-guarded'] },
  )
}

async function ask(tested: TestGateway, key?: string) {
  const response = await tested.fetch(
    '/',
    key === undefined ? {} : { headers: { 'x-key': key, 'x-guarded': 'forged' } },
  )
  await response.text()
  const count = tested.exchanges.length
  await tested.finished(count)
  return response.status
}

describe('a guard', () => {
  test('in enforce refuses, and its verdicts are recorded', async () => {
    await using tested = await createTestGateway([keyGuard({ mode: 'enforce' })])
    expect([await ask(tested), await ask(tested, 'good')]).toEqual([401, 200])
    expect(tested.exchanges.map(({ verdicts }) => verdicts)).toEqual([
      [{ plugin: 'key-guard', mode: 'enforce', decision: 'deny', reason: 'status 401' }],
      [{ plugin: 'key-guard', mode: 'enforce', decision: 'allow', reason: 'ok' }],
    ])
    expect(tested.upstream.requests[0]?.headers['x-guarded']).toBe('yes')
  })

  test('in shadow lets everything pass, records what it would have done, and changes nothing', async () => {
    await using tested = await createTestGateway([keyGuard({ mode: 'shadow' })])
    expect([await ask(tested, 'bad'), await ask(tested, 'good')]).toEqual([200, 200])
    expect(tested.exchanges.map(({ verdicts }) => verdicts[0]?.decision)).toEqual(['deny', 'allow'])
    expect(tested.upstream.requests.map(({ headers }) => headers['x-guarded'])).toEqual([
      undefined,
      undefined,
    ])
  })

  test('in observe runs its observe function in place of its check', async () => {
    await using tested = await createTestGateway([keyGuard({ mode: 'observe' })])
    expect([await ask(tested), await ask(tested, 'bad')]).toEqual([200, 200])
    expect(tested.exchanges.map(({ verdicts }) => verdicts)).toEqual([
      [{ plugin: 'key-guard', mode: 'observe', decision: 'seen', reason: 'none' }],
      [{ plugin: 'key-guard', mode: 'observe', decision: 'seen', reason: 'key' }],
    ])
  })

  test('has the time of each verdict recorded, its own waits included and others left out', async () => {
    const wait = (ms: number) => new Promise<undefined>((resolve) => setTimeout(resolve, ms, undefined))
    const guard = (name: string, check: () => undefined | Promise<undefined>, settings?: ModeSettings) =>
      plugin(
        name,
        ({ hooks }) => {
          hooks.onRoute.tap((route) => route.hooks.preForward.tap(check, { observe: () => 'seen' }))
        },
        { fault: 'guard', settings: settings ?? {} },
      )
    const waits = guard('waits', () => wait(60))
    const plugins = [
      waits,
      guard('quick', () => undefined),
      guard('sees', () => wait(60), { mode: 'observe' }),
    ]
    await using tested = await createTestGateway(plugins)
    await ask(tested)
    const [exchange] = tested.exchanges
    expect(exchange?.verdicts.map(({ decision }) => decision)).toEqual(['allow', 'allow', 'seen'])
    const [waited, quick, saw] = exchange?.verdictsTookMs ?? []
    expect(waited).toBeGreaterThan(55)
    expect(quick).toBeLessThan(55)
    expect(saw).toBeLessThan(55)
    expect(exchange?.verdictsTookMs).toHaveLength(3)
  })

  test('in off taps nothing on the route', async () => {
    await using tested = await createTestGateway([keyGuard({ mode: 'off' })])
    expect(await ask(tested, 'bad')).toBe(200)
    expect(tested.exchanges[0]?.verdicts).toEqual([])
    expect(tested.upstream.requests[0]?.headers['x-guarded']).toBe('forged')
  })

  test('is enforced for a share of the exchanges only, and shadows the others', async () => {
    await using tested = await createTestGateway([keyGuard({ mode: 'enforce', percent: 50 })])
    const statuses = []
    for (let i = 0; i < 60; i++) statuses.push(await ask(tested, 'bad'))
    expect(statuses.filter((status) => status === 401).length).toBeGreaterThan(5)
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(5)
    const modes = new Set(tested.exchanges.map(({ verdicts }) => verdicts[0]?.mode))
    expect(modes).toEqual(new Set(['enforce', 'shadow']))
  })

  test('of 0 percent enforces nobody, of 100 percent everybody', async () => {
    await using none = await createTestGateway([keyGuard({ mode: 'enforce', percent: 0 })])
    await using all = await createTestGateway([keyGuard({ mode: 'enforce', percent: 100 })])
    for (let i = 0; i < 10; i++) expect([await ask(none, 'bad'), await ask(all, 'bad')]).toEqual([200, 401])
  })

  test('has exceptions for callers, known by address or by the name that the check found out', async () => {
    await using byName = await createTestGateway([
      keyGuard({ mode: 'enforce', except: { 'batch-job': 'shadow' } }),
    ])
    expect([await ask(byName, 'batch-job'), await ask(byName, 'other')]).toEqual([200, 401])
    expect(byName.exchanges[0]?.verdicts[0]).toMatchObject({ mode: 'shadow', decision: 'deny' })
    await using byAddress = await createTestGateway([
      keyGuard({ mode: 'shadow', except: { '127.0.0.1': 'enforce' } }),
    ])
    expect(await ask(byAddress, 'bad')).toBe(401)
  })
})

describe('a route', () => {
  test('sets the mode of a plugin on itself', async () => {
    await using tested = await createTestGateway([keyGuard({ mode: 'off' })], {
      route: { plugins: { 'key-guard': { mode: 'enforce' } } },
    })
    expect(await ask(tested, 'bad')).toBe(401)
    await using short = await createTestGateway([keyGuard({})], {
      route: { plugins: { 'key-guard': 'shadow' } },
    })
    expect(await ask(short, 'bad')).toBe(200)
  })
})

test('a plugin that is no guard acts only in enforce', async () => {
  const changer = (settings: ModeSettings) =>
    plugin(
      'changer',
      ({ hooks }) => {
        hooks.preMatch.tap((exchange) => (exchange.path === '/own' ? { status: 299 } : undefined))
        hooks.onRoute.tap((route) =>
          route.hooks.mapResponse.tap((exchange) => void exchange.responseHeaders.push('x-changed', '1')),
        )
      },
      { settings },
    )
  await using enforced = await createTestGateway([changer({})])
  await using shadowed = await createTestGateway([changer({ mode: 'shadow' })])
  expect([(await enforced.fetch('/own')).status, (await shadowed.fetch('/own')).status]).toEqual([299, 200])
  expect((await enforced.fetch('/')).headers.get('x-changed')).toBe('1')
  expect((await shadowed.fetch('/')).headers.get('x-changed')).toBe(null)
})

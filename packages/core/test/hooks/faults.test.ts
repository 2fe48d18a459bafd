import { describe, expect, test } from 'vitest'
import { type FaultClass, GatewayError, type PluginHost } from '../../src/index.ts'
import { createTestGateway } from '../../src/testing.ts'
import { plugin } from '../support.ts'

const boom = (): never => {
  throw new Error('boom with a secret')
}

async function statusOf(fault: FaultClass, setup: (host: PluginHost) => void, pluginMs = 100) {
  await using tested = await createTestGateway([plugin('broken', setup, { fault })], {
    timeouts: { pluginMs },
  })
  const response = await tested.fetch('/')
  const body = (await response.json()) as { code?: string }
  expect(JSON.stringify(body)).not.toContain('secret')
  const stats = tested.gateway.stats().plugins.find(({ name }) => name === 'broken')
  const faults = Object.values(stats?.hooks ?? {}).reduce((sum, hook) => sum + hook.faults, 0)
  return { status: response.status, code: body.code, faults }
}

describe('a throw in a hook that may answer', () => {
  const setup = ({ hooks }: PluginHost) => hooks.onRoute.tap((route) => route.hooks.preForward.tap(boom))
  test('of a guard refuses with 503: never open', async () => {
    expect(await statusOf('guard', setup)).toEqual({ status: 503, code: 'GW_GUARD_THREW', faults: 1 })
  })
  test('of an observer is counted, and the exchange goes on', async () => {
    expect(await statusOf('observer', setup)).toEqual({ status: 200, code: undefined, faults: 1 })
  })
  test('of a transform fails the exchange with 500', async () => {
    expect(await statusOf('transform', setup)).toEqual({ status: 500, code: 'GW_PLUGIN_THREW', faults: 1 })
  })
})

describe('a tap that hangs past the deadline', () => {
  const setup = ({ hooks }: PluginHost) =>
    hooks.onRoute.tap((route) => route.hooks.preForward.tap(() => new Promise(() => {})))
  test('of a guard refuses with 503', async () => {
    expect(await statusOf('guard', setup)).toEqual({ status: 503, code: 'GW_GUARD_TIMEOUT', faults: 1 })
  })
  test('of an observer is given up, and the exchange goes on', async () => {
    expect(await statusOf('observer', setup)).toEqual({ status: 200, code: undefined, faults: 1 })
  })
  test('of a transform fails the exchange', async () => {
    expect(await statusOf('transform', setup)).toEqual({ status: 500, code: 'GW_PLUGIN_TIMEOUT', faults: 1 })
  })
})

describe('a rejected promise', () => {
  const setup = ({ hooks }: PluginHost) =>
    hooks.onRoute.tap((route) => route.hooks.preForward.tap(() => Promise.reject(new Error('later'))))
  test('means the same as a throw', async () => {
    expect((await statusOf('guard', setup)).code).toBe('GW_GUARD_THREW')
    expect((await statusOf('observer', setup)).status).toBe(200)
  })
})

describe('a throw in a hook that watches', () => {
  test.each(['guard', 'observer', 'transform'] as const)(
    'of a %s never touches the exchange',
    async (fault) => {
      const result = await statusOf(fault, ({ hooks }) => {
        hooks.onRequest.tap(boom)
        hooks.onFinish.tap(boom)
        hooks.onRoute.tap((route) => {
          route.hooks.onAttemptEnd.tap(boom)
          route.hooks.onFinish.tap(boom)
        })
      })
      expect(result.status).toBe(200)
    },
  )
})

describe('a throw in a hook that changes or chooses', () => {
  test.each(['mapUpstreamRequest', 'preSend', 'mapResponse', 'pickEndpoint'] as const)(
    '%s of a transform fails the exchange',
    async (hook) => {
      const result = await statusOf('transform', ({ hooks }) =>
        hooks.onRoute.tap((route) => route.hooks[hook].tap(boom)),
      )
      expect(result).toMatchObject({ status: 500, code: 'GW_PLUGIN_THREW' })
    },
  )
  test('pickRoute of a transform fails the exchange', async () => {
    expect(await statusOf('transform', ({ hooks }) => hooks.pickRoute.tap(boom))).toMatchObject({
      status: 500,
      code: 'GW_PLUGIN_THREW',
    })
  })
})

test('a refusal that a guard throws counts like one that it returns, and is no fault', async () => {
  const result = await statusOf('guard', ({ hooks }) => {
    hooks.onRoute.tap((route) =>
      route.hooks.preForward.tap(() => {
        throw new GatewayError('GW_REQ_METHOD_REFUSED')
      }),
    )
  })
  expect(result).toEqual({ status: 405, code: 'GW_REQ_METHOD_REFUSED', faults: 0 })
})

test('an observer that keeps failing is shed: its taps are skipped, the log says so, the traffic goes on', async () => {
  let calls = 0
  const observer = plugin(
    'noisy',
    ({ hooks }) => {
      hooks.onRequest.tap(() => {
        calls++
        boom()
      })
    },
    { fault: 'observer' },
  )
  await using tested = await createTestGateway([observer])
  for (let i = 0; i < 30; i++) await (await tested.fetch('/')).text()
  expect(calls).toBe(20)
  expect(tested.gateway.stats().plugins.find(({ name }) => name === 'noisy')?.shed).toBe(true)
  expect(tested.logs.some(({ message }) => message.includes('noisy is shed'))).toBe(true)
})

test('the time of a plugin is accounted per hook, synchronous and waiting apart', async () => {
  const slow = plugin(
    'slow',
    ({ hooks }) => {
      hooks.onRoute.tap((route) =>
        route.hooks.preForward.tap(() => new Promise((resolve) => setTimeout(resolve, 30))),
      )
    },
    { fault: 'guard' },
  )
  await using tested = await createTestGateway([slow])
  await (await tested.fetch('/')).text()
  await tested.finished(1)
  const stats = tested.gateway.stats()
  const hook = stats.plugins.find(({ name }) => name === 'slow')?.hooks['preForward']
  expect(hook?.calls).toBe(1)
  expect(hook?.waitMs).toBeGreaterThan(20)
  expect(hook?.cpuMs).toBeLessThan(20)
  expect(stats.overhead.counts.reduce((sum, count) => sum + count)).toBe(1)
  expect(stats.upstreamMs).toBeGreaterThan(0)
})

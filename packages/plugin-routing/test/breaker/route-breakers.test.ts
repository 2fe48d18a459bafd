/** The breakers of a route and of its service together. */
import type { Exchange } from '@postern/core'
import { createLogRecorder } from '@postern/core/testing'
import { expect, test } from 'vitest'
import { Breaker } from '../../src/breaker/breaker.ts'
import { RouteBreakers } from '../../src/breaker/route-breakers.ts'
import type { Target } from '../../src/targets/target.ts'

test('an attempt that one refuses takes no place of the other', () => {
  const clock = { nowMs: 1_000 }
  const breakerOf = (openMs: number) => {
    const breaker = new Breaker('it', () => clock.nowMs)
    breaker.configure({ consecutiveFailures: 1, openMs }, createLogRecorder().logger)
    breaker.record({} as Exchange, { headersMs: 1_000, startedMs: 1_000, status: 503, error: null } as never)
    return breaker
  }
  const orders = { name: 'orders' }
  const target = { services: [orders], serviceFor: () => orders } as unknown as Target
  for (const [ownMs, serviceMs] of [
    [100, 1_000],
    [1_000, 100],
  ] as const) {
    clock.nowMs = 1_000
    const [own, service] = [breakerOf(ownMs), breakerOf(serviceMs)]
    const breakers = new RouteBreakers(target, own, new Map([['orders', service]]))
    clock.nowMs = 1_150
    for (let i = 0; i < 5; i++) expect(() => breakers.admit({} as Exchange)).toThrow('is open')
    clock.nowMs = 2_000
    breakers.admit({} as Exchange)
    expect(() => breakers.admit({} as Exchange)).toThrow('is half-open')
  }
})

import type { Attempt, Endpoint, Exchange } from '@postern/core'
import { expect, it } from 'vitest'
import { roundRobin } from '../../src/balancing/round-robin.ts'

const [a, b, c] = ['a', 'b', 'c'].map((authority) => ({ authority }) as Endpoint) as [
  Endpoint,
  Endpoint,
  Endpoint,
]

/** An exchange before its first attempt, or after one at an endpoint. */
const after = (endpoint?: Endpoint): Exchange =>
  ({ attempt: endpoint ? ({ endpoint } as Attempt) : null }) as Exchange

it('gives the endpoints in turn', () => {
  const pick = roundRobin([a, b, c])
  expect([1, 2, 3, 4].map(() => pick(after()))).toEqual([a, b, c, a])
})

it('gives a repeated attempt the endpoint after the one that failed, without taking a turn', () => {
  const pick = roundRobin([a, b, c])
  expect(pick(after())).toBe(a)
  expect(pick(after(a))).toBe(b)
  expect(pick(after(b))).toBe(c)
  expect(pick(after(c))).toBe(a)
  expect(pick(after())).toBe(b)
})

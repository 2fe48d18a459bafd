/** Which attempts are repeated, and after how long: with a clock and chance of the test's. */
import { type Attempt, type CoreErrorCode, type Exchange, GatewayError } from '@postern/core'
import { describe, expect, test } from 'vitest'
import type { RetryOptions } from '../../src/options/retry-options.ts'
import { RetryBudget } from '../../src/retries/budget.ts'
import { retryAfterMs } from '../../src/retries/retry-after.ts'
import { RetryPolicy } from '../../src/retries/retry-policy.ts'

interface Ended {
  readonly code?: CoreErrorCode
  readonly status?: number
  readonly number?: number
  readonly headers?: readonly string[]
  readonly totalMs?: number
}

function ended({ code, status = 0, number = 1, headers = [], totalMs = 0 }: Ended): Exchange {
  const error = code === undefined ? null : new GatewayError(code)
  return {
    attempt: { number, status, error } as Attempt,
    responseHeaders: headers,
    startedMs: 1_000,
    route: { timeouts: { totalMs } },
  } as unknown as Exchange
}

/** The delay that a policy gives, with all of the jitter unless told otherwise, 500 ms after the start. */
function delayOf(what: Ended, options: RetryOptions = {}, random = 1): number | undefined {
  const budget = new RetryBudget()
  const policy = new RetryPolicy(options, { random: () => random, nowMs: () => 1_500 })
  return policy.delayMs(ended(what), budget)
}

describe('conditions', () => {
  test.each<[CoreErrorCode, boolean]>([
    ['GW_UPSTREAM_CONNECT_REFUSED', true],
    ['GW_UPSTREAM_CONNECT_TIMEOUT', true],
    ['GW_UPSTREAM_BUSY', true],
    ['GW_UPSTREAM_RESET', true],
    ['GW_UPSTREAM_ATTEMPT_TIMEOUT', true],
    ['GW_UPSTREAM_HEADERS_TIMEOUT', true],
    ['GW_UPSTREAM_BAD_RESPONSE', false],
    ['GW_UPSTREAM_TLS', false],
    ['GW_UPSTREAM_BODY_CUT', false],
  ])('unless told otherwise, %s: %s', (code, isRetried) => {
    expect(delayOf({ code }) !== undefined).toBe(isRetried)
  })

  test.each([
    [500, false],
    [501, false],
    [502, true],
    [503, true],
    [504, true],
    [429, false],
    [404, false],
  ])('unless told otherwise, %i: %s', (status, isRetried) => {
    expect(delayOf({ status }) !== undefined).toBe(isRetried)
  })

  test('each can be chosen alone', () => {
    expect(delayOf({ code: 'GW_UPSTREAM_RESET' }, { on: ['timeout'] })).toBeUndefined()
    expect(delayOf({ code: 'GW_UPSTREAM_ATTEMPT_TIMEOUT' }, { on: ['timeout'] })).toBeDefined()
    expect(delayOf({ status: 599 }, { on: ['5xx'] })).toBeDefined()
    expect(delayOf({ status: 499 }, { on: ['5xx'] })).toBeUndefined()
    expect(delayOf({ status: 429 }, { on: [429] })).toBeDefined()
    expect(delayOf({ status: 503 }, { on: [429] })).toBeUndefined()
  })
})

describe('back-off', () => {
  test('its bound doubles with each attempt, up to the largest', () => {
    const delays = [1, 2, 3, 4, 5, 6].map((number) => delayOf({ status: 503, number }))
    expect(delays).toEqual([25, 50, 100, 200, 250, 250])
  })

  test('of that a random part is waited', () => {
    expect(delayOf({ status: 503, number: 3 }, { backoffMs: 40 }, 0.25)).toBe(40)
    expect(delayOf({ status: 503 }, {}, 0)).toBe(0)
  })

  test('it has to fit into the total time', () => {
    const options = { backoffMs: 500, maxBackoffMs: 500 }
    expect(delayOf({ status: 503, totalMs: 1_001 }, options)).toBe(500)
    expect(delayOf({ status: 503, totalMs: 1_000 }, options)).toBeUndefined()
  })
})

describe('Retry-After', () => {
  const headers = ['content-type', 'text/plain', 'Retry-After', '2']

  test('is waited for before the back-off', () => {
    expect(delayOf({ status: 503, headers })).toBe(2_025)
    expect(delayOf({ status: 429, headers }, { on: [429] })).toBe(2_025)
  })

  test('is left aside where the route says so', () => {
    expect(delayOf({ status: 503, headers }, { honorRetryAfter: false })).toBe(25)
  })

  test('of more than is left, nothing is repeated', () => {
    expect(delayOf({ status: 503, headers, totalMs: 2_400 })).toBeUndefined()
    expect(delayOf({ status: 503, headers, totalMs: 2_600 })).toBe(2_025)
    expect(delayOf({ status: 503, headers: ['retry-after', '3600'] })).toBeUndefined()
  })

  test('of an earlier answer is not that of an attempt that failed', () => {
    expect(delayOf({ code: 'GW_UPSTREAM_RESET', headers })).toBe(25)
  })

  test.each([
    '',
    'soon',
    '-1',
    '1.5',
    '99999999999999',
    '2026-10-21T07:28:00Z',
    'Wed, 31 Feb 2999 07:28:00 GMT',
    'Wed, 21 Oct 2999 25:28:00 GMT',
    'Thu, 01 Jan 1970 25:00:00 GMT',
    'Wed, 21 Okt 2999 07:28:00 GMT',
    'Wed, 21 Oct 2999 07:28:00 CET',
  ])('that is neither seconds nor a date is none: %j', (value) => {
    expect(retryAfterMs(['retry-after', value])).toBe(0)
  })

  describe('as a date', () => {
    const date = ['date', 'Sun, 06 Nov 1994 08:49:30 GMT']

    test.each([
      'Sun, 06 Nov 1994 08:49:37 GMT',
      'Sunday, 06-Nov-94 08:49:37 GMT',
      'Sun Nov  6 08:49:37 1994',
    ])('is counted from the date of the answer, whatever the clock here says: %s', (value) => {
      expect(retryAfterMs(['Retry-After', value, ...date])).toBe(7_000)
    })

    test.each([
      ['without one, from now', []],
      ['with one that is none, from now', ['date', 'today']],
    ])('is counted %s', (_, headers) => {
      const nowMs = Date.UTC(2026, 1, 28, 23, 59, 58)
      const value = 'Sun, 01 Mar 2026 00:00:00 GMT'
      expect(retryAfterMs(['retry-after', value, ...headers], () => nowMs)).toBe(2_000)
    })

    test('that is over asks for nothing', () => {
      expect(retryAfterMs(['retry-after', 'Sun, 06 Nov 1994 08:49:00 GMT', ...date])).toBe(0)
    })

    test('is waited for, and bounded, as seconds are', () => {
      const headers = [...date, 'retry-after', 'Sun, 06 Nov 1994 08:49:32 GMT']
      expect(delayOf({ status: 503, headers })).toBe(2_025)
      expect(delayOf({ status: 503, headers, totalMs: 2_400 })).toBeUndefined()
    })
  })
})

test('what is not repeated takes nothing out of the budget', () => {
  const budget = new RetryBudget()
  budget.configure({ ratio: 0, minPerSecond: 0.1 })
  const policy = new RetryPolicy({}, { random: () => 1, nowMs: () => 1_500 })
  policy.delayMs(ended({ status: 500 }), budget)
  policy.delayMs(ended({ status: 503, headers: ['retry-after', '60'] }), budget)
  expect(policy.delayMs(ended({ status: 503 }), budget)).toBe(25)
  expect(policy.delayMs(ended({ status: 503 }), budget)).toBeUndefined()
})

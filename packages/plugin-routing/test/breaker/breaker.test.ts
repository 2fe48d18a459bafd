/** The breaker by itself, with a clock of the test's own. */
import { type Attempt, type Exchange, GatewayError } from '@postern/core'
import { createLogRecorder } from '@postern/core/testing'
import { describe, expect, test } from 'vitest'
import { Breaker } from '../../src/breaker/breaker.ts'
import type { BreakerOptions } from '../../src/options/breaker-options.ts'

/** A breaker with a clock that the test moves, and what it logged. */
function start(options: BreakerOptions) {
  const clock = { nowMs: 1_000 }
  const lines: string[] = []
  const log = (_fields: object, message: string): void => void lines.push(message)
  const breaker = new Breaker('service "orders"', () => clock.nowMs)
  breaker.configure(options, { ...createLogRecorder().logger, warn: log, info: log })
  /** One attempt from its start to its end; false when it is refused. */
  const run = (result: number | string, exchange = anExchange()): boolean => {
    if (!breaker.admits()) return false
    breaker.take(exchange)
    breaker.record(exchange, attempt(result, clock.nowMs))
    return true
  }
  return { breaker, clock, lines, run }
}

const anExchange = (): Exchange => ({}) as Exchange

/** An attempt that ended with a status or an error code. */
function attempt(result: number | string, atMs: number, parts: Partial<Attempt> = {}): Attempt {
  const answered = typeof result === 'number'
  return {
    number: 1,
    previous: null,
    endpoint: null,
    endpointReason: '',
    startedMs: atMs,
    connectedMs: atMs,
    headersMs: answered ? atMs : 0,
    endedMs: atMs,
    status: answered ? result : 0,
    trailers: [],
    error: answered ? null : new GatewayError(result),
    ...parts,
  }
}

describe('what opens it', () => {
  test('so many failures in a row', () => {
    const { breaker, run } = start({ consecutiveFailures: 3 })
    for (const status of [503, 503, 200, 503, 503]) run(status)
    expect(breaker.state()).toMatchObject({ state: 'closed', openForMs: 0, failures: 2 })
    run(502)
    expect(breaker.state()).toMatchObject({ state: 'open', openForMs: 10_000, failures: 0 })
    expect(run(200)).toBe(false)
  })

  test('a share of the attempts of the window, once there are enough', () => {
    const { breaker, run } = start({ failureRate: { threshold: 0.5, minRequests: 6 } })
    for (const status of [503, 503, 503, 200, 503]) run(status)
    expect(breaker.state()).toMatchObject({ state: 'closed', failures: 4 })
    run(503)
    expect(breaker.state().state).toBe('open')
  })

  test('not a lower share', () => {
    const { breaker, run } = start({ failureRate: { threshold: 0.5, minRequests: 2 } })
    for (let i = 0; i < 100; i++) for (const status of [200, 200, 503]) run(status)
    expect(breaker.state()).toMatchObject({ state: 'closed', failures: 100 })
  })

  test('not what left the window', () => {
    const { breaker, clock, run } = start({
      failureRate: { threshold: 0.5, minRequests: 4, windowMs: 1_000 },
    })
    for (let i = 0; i < 3; i++) run(503)
    clock.nowMs += 1_000
    expect(breaker.state().failures).toBe(0)
    for (let i = 0; i < 3; i++) run(503)
    expect(breaker.state()).toMatchObject({ state: 'closed', failures: 3 })
  })

  test.each<[string | number, BreakerOptions['statuses'], boolean]>([
    ['GW_UPSTREAM_CONNECT_REFUSED', undefined, true],
    ['GW_UPSTREAM_DNS', undefined, true],
    ['GW_UPSTREAM_RESET', undefined, true],
    ['GW_UPSTREAM_ATTEMPT_TIMEOUT', undefined, true],
    ['GW_UPSTREAM_HEADERS_TIMEOUT', undefined, true],
    ['GW_UPSTREAM_TOTAL_TIMEOUT', undefined, true],
    ['GW_UPSTREAM_BUSY', undefined, false],
    ['GW_UPSTREAM_OUTPACED', undefined, false],
    ['GW_CLIENT_ABORTED', undefined, false],
    ['GW_REQ_BODY_ABORTED', undefined, false],
    ['GW_PLUGIN_THREW', undefined, false],
    [501, undefined, false],
    [500, undefined, false],
    [500, '5xx', true],
    [505, undefined, false],
    [504, undefined, true],
    [404, '5xx', false],
  ])('%s with statuses %s: %s', (result, statuses, opens) => {
    const { breaker, run } = start({ consecutiveFailures: 1, statuses })
    run(result)
    expect(breaker.state().state).toBe(opens ? 'open' : 'closed')
  })

  test('a total time that cut a later attempt short says nothing', () => {
    const { breaker, clock } = start({ consecutiveFailures: 1 })
    breaker.record(anExchange(), attempt('GW_UPSTREAM_TOTAL_TIMEOUT', clock.nowMs, { number: 2 }))
    expect(breaker.state().state).toBe('closed')
  })
})

describe('half-open', () => {
  const options = { consecutiveFailures: 1, openMs: 500, halfOpenRequests: 2 }
  const open = () => {
    const started = start(options)
    started.run(503)
    return started
  }

  test('comes when the time is over, not before', () => {
    const { breaker, clock, run } = open()
    clock.nowMs += 499
    expect(run(200)).toBe(false)
    expect(breaker.refuse()).toMatchObject({ status: 503, headers: ['retry-after', '1'] })
    clock.nowMs += 1
    expect(breaker.state()).toMatchObject({ state: 'half-open', openForMs: 0, failures: 0 })
    expect(run(200)).toBe(true)
  })

  test('lets so many through, and closes when all of them succeeded', () => {
    const { breaker, clock } = open()
    clock.nowMs += 500
    const [a, b] = [anExchange(), anExchange()]
    for (const exchange of [a, b]) {
      expect(breaker.admits()).toBe(true)
      breaker.take(exchange)
    }
    expect(breaker.admits()).toBe(false)
    breaker.record(a, attempt(200, clock.nowMs))
    expect([breaker.state().state, breaker.admits()]).toEqual(['half-open', false])
    breaker.record(b, attempt(200, clock.nowMs))
    expect([breaker.state().state, breaker.admits()]).toEqual(['closed', true])
  })

  test('opens again on a failure, for the whole time', () => {
    const { breaker, clock, run } = open()
    clock.nowMs += 500
    run(200)
    run('GW_UPSTREAM_RESET')
    expect(breaker.state()).toMatchObject({ state: 'open', openForMs: 500 })
    clock.nowMs += 499
    expect(breaker.admits()).toBe(false)
  })

  test('a place comes back from a client that left, and from an exchange without an attempt', () => {
    const { breaker, clock, run } = open()
    clock.nowMs += 500
    for (let i = 0; i < 10; i++) expect(run('GW_CLIENT_ABORTED')).toBe(true)
    const exchanges = [anExchange(), anExchange()]
    for (const exchange of exchanges) breaker.take(exchange)
    expect(breaker.admits()).toBe(false)
    for (const exchange of exchanges) breaker.release(exchange)
    expect(breaker.admits()).toBe(true)
    expect(breaker.state().state).toBe('half-open')
  })

  test('what was sent before it opened changes nothing any more', () => {
    const { breaker, clock, run } = open()
    const early = attempt('GW_UPSTREAM_HEADERS_TIMEOUT', 0, { startedMs: 1, endedMs: 9_000 })
    clock.nowMs += 500
    expect(breaker.admits()).toBe(true)
    breaker.record(anExchange(), early)
    breaker.record(anExchange(), attempt(200, 1))
    expect(breaker.state().state).toBe('half-open')
    run(200)
    run(200)
    breaker.record(anExchange(), early)
    expect(breaker.state().state).toBe('closed')
  })

  test('places that hang do not keep it half-open for ever', () => {
    const { breaker, clock } = open()
    clock.nowMs += 500
    for (const exchange of [anExchange(), anExchange()]) breaker.take(exchange)
    breaker.admits()
    clock.nowMs += 499
    for (let i = 0; i < 2; i++) {
      if (breaker.admits()) breaker.take(anExchange())
    }
    expect(breaker.admits()).toBe(false)
    clock.nowMs += 1
    expect(breaker.admits()).toBe(true)
    breaker.take(anExchange())
    expect(breaker.admits()).toBe(false)
  })
})

test('one line when it opens and one when it closes, however often it tries in between', () => {
  const { clock, lines, run } = start({ consecutiveFailures: 1, openMs: 500 })
  for (let i = 0; i < 5; i++) {
    run(503)
    clock.nowMs += 500
  }
  run(200)
  run(200)
  expect(lines).toEqual([
    'The circuit breaker of service "orders" opened',
    'The circuit breaker of service "orders" closed',
  ])
})

test('Retry-After is the rest of the pause, in whole seconds', () => {
  const { breaker, clock, run } = start({ consecutiveFailures: 1, openMs: 30_000 })
  run(503)
  clock.nowMs += 12_500
  expect(breaker.refuse().headers).toEqual(['retry-after', '18'])
})

test('an answer that would open it is not followed by another attempt', () => {
  const { breaker, run, clock } = start({ consecutiveFailures: 2 })
  const running = (status: number) => attempt(status, clock.nowMs, { endedMs: 0 })
  expect(breaker.allowsAfter(anExchange(), running(503))).toBe(true)
  run(503)
  expect(breaker.allowsAfter(anExchange(), running(503))).toBe(false)
  expect(breaker.allowsAfter(anExchange(), running(429))).toBe(true)
  expect(breaker.state().state).toBe('closed')
})

test('other options keep its state', () => {
  const { breaker, run } = start({ consecutiveFailures: 1 })
  run(503)
  breaker.configure({ consecutiveFailures: 9, openMs: 60_000 }, createLogRecorder().logger)
  expect(breaker.state()).toMatchObject({ state: 'open', openForMs: 60_000 })
})

/** Ejection and return, with a clock that the test moves. */
import type { Endpoint } from '@postern/core'
import { describe, expect, it } from 'vitest'
import type { HealthOptions } from '../../src/options/health-options.ts'
import {
  afterAttempts,
  balancer,
  countPicks,
  ended,
  exchange,
  expectShare,
  fleet,
  shares,
} from '../balancing/_fleet.ts'

/** Three endpoints; `fail` and `succeed` are about the first of them. */
function three(health: HealthOptions = {}, ejectMs = 1_000) {
  const members = fleet(3)
  const made = balancer(members, { health, ejectMs })
  const { endpoint: first } = members[0] as (typeof members)[number]
  const tell = (how: number | string, times = 1, endpoint: Endpoint = first): void => {
    for (let i = 0; i < times; i++) made.attemptEnded(ended(exchange(), endpoint, how, made.clock.nowMs))
  }
  return {
    ...made,
    members,
    tell,
    /** Whether the first gets a part of the traffic. */
    isUsed: (): boolean => 'a0' in countPicks(() => made.pick(afterAttempts([])), 200),
    /** The next exchange is let through to the first, and ends so. */
    probe: (how: number | string): void => {
      const one = exchange()
      expect(made.pick(one)).toBe(first)
      made.attemptEnded(ended(one, first, how, made.clock.nowMs))
    },
  }
}

describe('an endpoint is ejected', () => {
  it.each<[string, number | string, HealthOptions['passive']]>([
    ['resets', 'GW_UPSTREAM_RESET', {}],
    ['attempts out of time', 'GW_UPSTREAM_ATTEMPT_TIMEOUT', {}],
    ['missing heads', 'GW_UPSTREAM_HEADERS_TIMEOUT', {}],
    ['exchanges out of time', 'GW_UPSTREAM_TOTAL_TIMEOUT', {}],
    ['answers with 503', 503, {}],
    ['answers with 500, where any 5xx is a failure', 500, { statuses: '5xx' }],
  ])('after five %s in a row, and not after four', (_, how, passive) => {
    const { tell, isUsed } = three({ passive: passive ?? {} })
    tell(how, 4)
    expect(isUsed()).toBe(true)
    tell(how)
    expect(isUsed()).toBe(false)
  })

  it.each<[string, number | string]>([
    ['answers with 500', 500],
    ['answers with 404', 404],
    ['clients that went away', 'GW_CLIENT_ABORTED'],
    ['requests above its bound', 'GW_UPSTREAM_BUSY'],
  ])('never for %s', (_, how) => {
    const { tell, isUsed } = three()
    tell(how, 50)
    expect(isUsed()).toBe(true)
  })

  it('at once when it cannot be connected to', () => {
    const { tell, isUsed } = three()
    tell('GW_UPSTREAM_CONNECT_TIMEOUT')
    expect(isUsed()).toBe(false)
  })

  it('by failures in a row only: one success starts the count again, and a client that goes away does not', () => {
    const { tell, isUsed } = three()
    tell(503, 4)
    tell(200)
    tell(503, 4)
    tell('GW_CLIENT_ABORTED')
    expect(isUsed()).toBe(true)
    tell(503)
    expect(isUsed()).toBe(false)
  })

  it('by the share of failures in its window, once there are enough exchanges', () => {
    const failureRate = { threshold: 0.5, windowMs: 10_000, minRequests: 10 }
    const { tell, isUsed, clock } = three({ passive: { failureRate, consecutiveFailures: 0 } })
    tell(503, 9)
    expect(isUsed()).toBe(true)
    // All of it is too old.
    clock.nowMs += 10_000
    for (let i = 0; i < 4; i++) {
      tell(200)
      tell(503)
    }
    tell(200)
    expect(isUsed()).toBe(true)
    tell(503)
    expect(isUsed()).toBe(false)
  })

  it('no more when so large a share is, but one always may be', () => {
    const { tell, health, members } = three({ passive: { maxEjectedShare: 0.5 }, panicThreshold: 0 })
    for (const { endpoint } of members) tell(503, 5, endpoint)
    expect(health.sick).toBe(1)
  })

  it('never with ejectMs 0', () => {
    const { tell, isUsed } = three({}, 0)
    tell('GW_UPSTREAM_CONNECT_REFUSED', 50)
    expect(isUsed()).toBe(true)
  })
})

describe('an ejected endpoint', () => {
  it('gets one exchange after its time, and is back when that succeeds', () => {
    const { tell, isUsed, probe, clock } = three()
    tell('GW_UPSTREAM_CONNECT_REFUSED')
    clock.nowMs += 999
    expect(isUsed()).toBe(false)
    clock.nowMs += 1
    probe(200)
    expect(isUsed()).toBe(true)
  })

  it('gets no second one while the first runs; a first whose end nobody tells holds up no longer than ejectMs', () => {
    const { tell, isUsed, clock, pick, members } = three()
    tell('GW_UPSTREAM_CONNECT_REFUSED')
    clock.nowMs += 1_000
    expect(pick(exchange())).toBe(members[0]?.endpoint)
    expect(isUsed()).toBe(false)
    clock.nowMs += 1_000
    expect(isUsed()).toBe(true)
  })

  it('gets another one when the client of the first went away', () => {
    const { tell, probe, clock, isUsed } = three()
    tell('GW_UPSTREAM_CONNECT_REFUSED')
    clock.nowMs += 1_000
    probe('GW_CLIENT_ABORTED')
    probe(200)
    expect(isUsed()).toBe(true)
  })

  it('is back when its exchange was answered with a stream that goes on and on', () => {
    const { tell, clock, pick, isUsed, members, health } = three()
    tell('GW_UPSTREAM_CONNECT_REFUSED')
    clock.nowMs += 1_000
    const stream = exchange()
    const endpoint = pick(stream)
    expect(endpoint).toBe(members[0]?.endpoint)
    Object.assign(ended(stream, endpoint).attempt ?? {}, { headersMs: clock.nowMs })
    expect(isUsed()).toBe(false)
    clock.nowMs += 1_000
    expect(isUsed()).toBe(true)
    expect(health.sick).toBe(0)
  })

  it('goes for longer each time that it fails, up to the bound', () => {
    const { tell, probe, clock, members } = three({ passive: { maxEjectMs: 2_500 } })
    tell('GW_UPSTREAM_CONNECT_REFUSED')
    const times = [0, 1, 2, 3].map(() => {
      const ms = (members[0]?.health.ejectedUntilMs ?? 0) - clock.nowMs
      clock.nowMs += ms
      probe(503)
      return ms
    })
    expect(times).toEqual([1_000, 2_000, 2_500, 2_500])
  })

  it('is given for each ejectMs in health one ejection less', () => {
    const { tell, probe, clock, members } = three()
    const ejectedForMs = (): number => (members[0]?.health.ejectedUntilMs ?? 0) - clock.nowMs
    tell('GW_UPSTREAM_CONNECT_REFUSED')
    for (const ms of [1_000, 2_000]) {
      clock.nowMs += ms
      probe(503)
    }
    clock.nowMs += 3_000
    probe(200)
    clock.nowMs += 2_000
    tell('GW_UPSTREAM_CONNECT_REFUSED')
    // Three, less two, and this one.
    expect(ejectedForMs()).toBe(2_000)
  })

  it('does not go for longer by what had begun before', () => {
    const { tell, clock, members } = three()
    tell('GW_UPSTREAM_CONNECT_REFUSED', 20)
    expect((members[0]?.health.ejectedUntilMs ?? 0) - clock.nowMs).toBe(1_000)
  })
})

describe('panic', () => {
  it('uses all endpoints below the threshold, and is logged once when it begins and when it ends', () => {
    const { tell, pick, probe, clock, members, logs, health } = three()
    tell('GW_UPSTREAM_CONNECT_REFUSED')
    expect(health.isPanic).toBe(false)
    for (const { endpoint } of members) tell(503, 5, endpoint)
    expect(health.isPanic).toBe(true)
    expect(Object.keys(countPicks(() => pick(exchange()), 300)).sort()).toEqual(['a0', 'a1', 'a2'])
    clock.nowMs += 1_000
    probe(200)
    expect(health.isPanic).toBe(true)
    const one = exchange()
    pick(one)
    for (const { endpoint } of members) {
      if (members.find(({ health: of }) => of.probe === one)?.endpoint !== endpoint) continue
      health.attemptEnded(ended(one, endpoint))
    }
    expect(health.isPanic).toBe(false)
    const panics = logs.filter((message) => message.includes('ndpoints are usable'))
    expect(panics).toEqual([
      'Too few endpoints are usable: the others are used as well',
      'Enough endpoints are usable again',
    ])
  })

  it('with a threshold of 0 uses the last that is left alone', () => {
    const { tell, pick, members } = three({ panicThreshold: 0 })
    for (const { endpoint } of members.slice(0, 2)) tell(503, 5, endpoint)
    expect(Object.keys(countPicks(() => pick(exchange()), 300))).toEqual(['a2'])
  })
})

describe('slow start', () => {
  it('is for an endpoint that comes back, too', () => {
    const members = fleet(3)
    const made = balancer(members, { ejectMs: 1_000, slowStartMs: 10_000, balance: 'round-robin' })
    const dead = members[0] as (typeof members)[number]
    made.attemptEnded(afterAttempts([dead.endpoint]))
    made.clock.nowMs += 1_000
    const one = exchange()
    made.attemptEnded(ended(one, made.pick(one)))
    const share = (): number => shares(countPicks(() => made.pick(exchange()), 21_000))['a0'] ?? 0
    expectShare(share(), 0.1 / 2.1)
    made.clock.nowMs += 10_000
    expectShare(share(), 1 / 3)
  })
})

describe('an attempt that was outpaced', () => {
  /** Whether one such attempt ejects, after so long on a route whose hedges start after 50 ms. */
  const ejects = (ranMs: number, passive: HealthOptions['passive'], slowMs = 50): boolean => {
    const { health, members, isUsed } = three({ passive: { consecutiveFailures: 1, ...passive } })
    const { endpoint } = members[0] as (typeof members)[number]
    const one = ended(exchange(), endpoint, 'GW_UPSTREAM_OUTPACED', 1_000)
    Object.assign(one.attempt as object, { startedMs: 1_000 - ranMs })
    health.attemptEnded(one, slowMs)
    return !isUsed()
  }

  it.each<[string, boolean, number, HealthOptions['passive']]>([
    ['is a failure where that is asked for', true, 50, { outpaced: true }],
    ['is none when it came late, and had less time than a slow one', false, 40, { outpaced: true }],
    ['is none otherwise', false, 500, {}],
  ])('%s', (_, expected, ranMs, passive) => {
    expect(ejects(ranMs, passive)).toBe(expected)
  })

  it('is none on a route without hedges', () => {
    expect(ejects(500, { outpaced: true }, 0)).toBe(false)
  })
})

/** Endpoints, chance and time of a test's own, for proofs about many thousands of choices. */

import type { Attempt, Endpoint, Exchange } from '@postern/core'
import { expect } from 'vitest'
import { Balancer, type BalancerSettings } from '../../src/balancing/balancer.ts'
import { Member } from '../../src/balancing/member.ts'
import { Health } from '../../src/health/health.ts'
import { ServiceHealth } from '../../src/health/service-health.ts'
import type { HealthOptions } from '../../src/options/health-options.ts'

/** An endpoint whose load and age the test sets. */
export interface FakeEndpoint extends Endpoint {
  inFlight: number
  sinceMs: number
}

/** What a member is made of. */
export interface MemberParts {
  readonly weight?: number
  readonly zone?: string
  readonly sinceMs?: number
}

/** A member of the name. */
export function member(name: string, { weight = 1, zone, sinceMs = 0 }: MemberParts = {}) {
  const url = `http://${name}`
  const endpoint: FakeEndpoint = {
    url,
    origin: url,
    authority: name,
    basePath: '',
    address: '',
    service: 'test',
    protocol: 'http1',
    inFlight: 0,
    sinceMs,
  }
  return Object.assign(new Member(endpoint, url, weight, zone), { endpoint })
}

/** As many members as asked for: `a0`, `a1`, … */
export function fleet(size: number, parts: MemberParts = {}) {
  return Array.from({ length: size }, (_, i) => member(`a${i}`, parts))
}

/** Random numbers that are the same in every run: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** An exchange as balancing sees it. */
export function exchange(parts: Partial<Exchange> = {}): Exchange {
  return {
    route: null,
    attempt: null,
    requestHeaders: [],
    caller: '',
    clientAddress: '',
    ...parts,
  } as Exchange
}

/** An exchange whose attempts went to these endpoints, the last one last. `code` is what each failed with. */
export function afterAttempts(
  endpoints: readonly Endpoint[],
  code = 'GW_UPSTREAM_CONNECT_REFUSED',
): Exchange {
  let attempt: Attempt | null = null
  for (const [i, endpoint] of endpoints.entries())
    attempt = { number: i + 1, previous: attempt, endpoint, error: { code } } as Attempt
  return exchange({ attempt })
}

/** Ends an exchange on the endpoint that was picked for it: with a status, or with the code of an error. */
export function ended(made: Exchange, endpoint: Endpoint, how: number | string = 200, endedMs = 0): Exchange {
  const error = typeof how === 'string' ? { code: how } : null
  const status = typeof how === 'number' ? how : 0
  const attempt = { number: 1, previous: null, endpoint, status, error, headersMs: 0, endedMs }
  return Object.assign(made, { attempt })
}

/** A balancer with a clock that the test moves. */
export function balancer(members: readonly Member[], settings: Partial<FleetSettings> = {}, seed = 1) {
  const clock = { nowMs: 1_000_000 }
  const nowMs = (): number => clock.nowMs
  const { ejectMs = 10_000, health: options = {}, ...own } = settings
  const logs: string[] = []
  const log = (_: object, message: string): void => void logs.push(message)
  const health = new Health(options, {
    service: 'test',
    zone: settings.zone,
    ejectMs,
    kept: new ServiceHealth(),
    logger: { info: log, warn: log },
    nowMs,
    request: () => Promise.reject(new Error('Nothing is asked')),
  })
  health.watch(members)
  health.start()
  const made = new Balancer(members, { balance: 'p2c', slowStartMs: 0, zone: undefined, ...own }, health, {
    random: seeded(seed),
    nowMs,
  })
  health.onChange = () => made.endpointsChanged()
  const attemptEnded = (exchange: Exchange): void => health.attemptEnded(exchange)
  return { clock, pick: made.pick, attemptEnded, health, logs }
}

/** What a service says about balancing and health. */
interface FleetSettings extends BalancerSettings {
  readonly ejectMs: number
  readonly health: HealthOptions
}

/** How often each endpoint is picked, by its name. Nothing runs meanwhile. */
export function countPicks(pick: () => Endpoint, times: number): Record<string, number> {
  const counts: Record<string, number> = {}
  for (let i = 0; i < times; i++) {
    const { authority } = pick()
    counts[authority] = (counts[authority] ?? 0) + 1
  }
  return counts
}

/** The shares of what was counted. */
export function shares(counts: Record<string, number>): Record<string, number> {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count / total]))
}

/** Holds a share to the expected one, give or take a hundredth of all. */
export function expectShare(share: number | undefined, expected: number): void {
  expect(Math.abs((share ?? 0) - expected)).toBeLessThan(0.01)
}

/**
 * Lets a fixed number of callers ask again and again, each as soon as it has its answer, in a time of its own.
 * @param serviceMs how long an endpoint takes for an answer.
 * @returns how many answers each endpoint gave, by its name.
 */
export function simulate(
  pick: () => Endpoint,
  serviceMs: (name: string) => number,
  { callers, answers }: { readonly callers: number; readonly answers: number },
): Record<string, number> {
  const counts: Record<string, number> = {}
  const running: { endpoint: FakeEndpoint; endsMs: number }[] = []
  const start = (nowMs: number): void => {
    const endpoint = pick() as FakeEndpoint
    endpoint.inFlight++
    running.push({ endpoint, endsMs: nowMs + serviceMs(endpoint.authority) })
  }
  for (let i = 0; i < callers; i++) start(i / callers)
  for (let i = 0; i < answers; i++) {
    let first = 0
    for (let j = 1; j < running.length; j++) {
      if ((running[j]?.endsMs ?? 0) < (running[first]?.endsMs ?? 0)) first = j
    }
    const [over] = running.splice(first, 1)
    if (!over) throw new Error('Nobody asks')
    over.endpoint.inFlight--
    counts[over.endpoint.authority] = (counts[over.endpoint.authority] ?? 0) + 1
    start(over.endsMs)
  }
  return counts
}

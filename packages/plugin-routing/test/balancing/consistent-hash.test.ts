import type { Exchange } from '@postern/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HashBalance } from '../../src/index.ts'
import {
  balancer,
  countPicks,
  exchange,
  expectShare,
  type FakeEndpoint,
  fleet,
  member,
  shares,
} from './_fleet.ts'

const byUser: HashBalance = { hash: { header: 'X-User' } }
const user = (id: string): Exchange => exchange({ requestHeaders: ['x-user', id] })
const KEYS = Array.from({ length: 20_000 }, (_, i) => `user-${i}`)

/** Where each key goes while nothing runs. */
function places(members: ReturnType<typeof fleet>): string[] {
  const { pick } = balancer(members, { balance: byUser })
  return KEYS.map((key) => pick(user(key)).url)
}

const moved = (before: string[], after: string[]): number =>
  before.filter((url, i) => url !== after[i]).length / before.length

describe('consistent hash', () => {
  it('gives a key the same endpoint each time, in each replica, in whatever order the endpoints are listed', () => {
    const before = places(fleet(5))
    expect(places(fleet(5))).toEqual(before)
    expect(places(fleet(5).reverse())).toEqual(before)
  })

  it.each([2, 3, 5, 10, 30])('moves only the keys of the endpoint that leaves, of %d', (size) => {
    const all = fleet(size)
    const before = places(all)
    const gone = all[1]?.endpoint.url
    const after = places(all.filter(({ endpoint }) => endpoint.url !== gone))
    expect(moved(before, after)).toBeLessThan((1 / size) * 1.1)
    expect(before.every((url, i) => url === gone || url === after[i])).toBe(true)
  })

  it('spreads keys evenly, and by weight', () => {
    const { pick } = balancer([...fleet(3), member('heavy', { weight: 2 })], { balance: byUser })
    let next = 0
    const share = shares(countPicks(() => pick(user(KEYS[next++] ?? '')), KEYS.length))
    expectShare(share['heavy'], 0.4)
    for (const light of ['a0', 'a1', 'a2']) expectShare(share[light], 0.2)
  })

  it('moves keys only to the endpoint whose weight grows', () => {
    const before = places(fleet(4))
    const after = places([...fleet(3), member('a3', { weight: 2 })])
    expect(after.every((url, i) => url === before[i] || url === 'http://a3')).toBe(true)
    // From a quarter to two fifths.
    expectShare(moved(before, after), 0.15)
  })

  it('gives what an ejected endpoint had to all others, and back afterwards', () => {
    const members = fleet(4)
    const { pick, attemptEnded, clock } = balancer(members, { balance: byUser })
    const key = user('somebody')
    const home = pick(key)
    attemptEnded(
      exchange({ attempt: { endpoint: home, error: { code: 'GW_UPSTREAM_DNS' } } } as Partial<Exchange>),
    )
    const others = new Set(KEYS.map((id) => pick(user(id))))
    expect(others.size).toBe(3)
    expect(others.has(home)).toBe(false)
    clock.nowMs += 10_000
    expect(pick(key)).toBe(home)
  })
})

describe('bounded load', () => {
  it('holds for every endpoint, whatever the keys, the weights and the order in which exchanges end', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 8 })
    const steps = fc.array(fc.record({ key: fc.nat(5), ends: fc.boolean() }), { maxLength: 200 })
    const bounds = fc.constantFrom(1, 1.1, 1.25, 2)
    fc.assert(
      fc.property(weights, steps, bounds, (given, todo, boundedLoad) => {
        const members = given.map((weight, i) => member(`a${i}`, { weight }))
        const total = given.reduce((sum, weight) => sum + weight, 0)
        const { pick } = balancer(members, { balance: { ...byUser, boundedLoad } })
        const running: FakeEndpoint[] = []
        for (const { key, ends } of todo) {
          const over = ends ? running.shift() : undefined
          if (over) over.inFlight--
          const picked = pick(user(String(key))) as FakeEndpoint
          running.push(picked)
          picked.inFlight++
          const weight = members.find(({ endpoint }) => endpoint === picked)?.fullWeight ?? 0
          const most = Math.ceil((boundedLoad * running.length * weight) / total + 1e-9)
          expect(picked.inFlight).toBeLessThanOrEqual(most)
        }
      }),
    )
  })

  it('sends a hot key to its next best endpoint, always the same, and back when there is room', () => {
    const members = fleet(4)
    const { pick } = balancer(members, { balance: byUser })
    const hot = user('hot')
    const home = pick(hot) as FakeEndpoint
    home.inFlight = 10
    const second = pick(hot)
    expect(second).not.toBe(home)
    expect(countPicks(() => pick(hot), 100)).toEqual({ [second.authority]: 100 })
    home.inFlight = 0
    expect(pick(hot)).toBe(home)
  })

  it('may be so large that a key never moves', () => {
    const { pick } = balancer(fleet(4), { balance: { ...byUser, boundedLoad: 1_000_000 } })
    const home = pick(user('hot')) as FakeEndpoint
    home.inFlight = 1_000
    expect(pick(user('hot'))).toBe(home)
  })
})

describe('the key', () => {
  const spread = (hash: HashBalance['hash'], parts: Partial<Exchange>): number => {
    const { pick } = balancer(fleet(8), { balance: { hash } })
    return Object.keys(countPicks(() => pick(exchange(parts)), 200)).length
  }
  const home = (hash: HashBalance['hash'], parts: Partial<Exchange>): string =>
    balancer(fleet(8), { balance: { hash } }).pick(exchange(parts)).url

  it.each<[string, HashBalance['hash'], Partial<Exchange>]>([
    ['a header', { header: 'x-user' }, { requestHeaders: ['a', 'b', 'X-User', 'somebody'] }],
    ['a cookie', { cookie: 'sid' }, { requestHeaders: ['Cookie', 'a=sid=x; sid=somebody'] }],
    ['the caller', 'caller', { caller: 'somebody' }],
    ['the client address', 'client-address', { clientAddress: '10.0.0.1' }],
  ])('%s sends all that share it to one endpoint', (_, hash, parts) => {
    expect(spread(hash, parts)).toBe(1)
  })

  it.each<[string, HashBalance['hash'], Partial<Exchange>]>([
    ['header', { header: 'x-user' }, { requestHeaders: ['x-use', 'somebody'] }],
    ['value of the header', { header: 'x-user' }, { requestHeaders: ['x-user', ''] }],
    ['cookies at all', { cookie: 'sid' }, {}],
    ['cookie of the name', { cookie: 'sid' }, { requestHeaders: ['cookie', 'ssid=1; sid2=2; SID=3; a=sid'] }],
    ['value of the cookie', { cookie: 'sid' }, { requestHeaders: ['cookie', 'sid=; a=1'] }],
    ['caller', 'caller', {}],
    ['client address', 'client-address', {}],
  ])('without a %s exchanges are spread over all', (_, hash, parts) => {
    expect(spread(hash, parts)).toBe(8)
  })

  it.each([
    ['sid=one', 'a=1; sid=one', true],
    ['sid=one', 'a=1;sid=one; b=2', true],
    ['sid=one', 'sid=one;', true],
    ['sid=one', 'sid=one; sid=two', true],
    ['sid=one', 'sid=on', false],
    ['sid=one', 'sid=two; sid=one', false],
  ])('a cookie is found where it stands: %s and %s', (left, right, same) => {
    const place = (line: string): Set<string> =>
      // More than one key, or two different ones would share an endpoint now and then.
      new Set(
        [0, 1, 2, 3].map((i) =>
          home({ cookie: 'sid' }, { requestHeaders: ['cookie', line.replaceAll('sid=', `sid=${i}`)] }),
        ),
      )
    const [a, b] = [[...place(left)].join(), [...place(right)].join()]
    expect(a === b).toBe(same)
  })
})

/** What `exchange.endpointReason` says of a choice. */
import { createGateway, definePlugin, type Exchange, type Route } from '@postern/core'
import { createUpstream } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import { type Balance, routing } from '../../src/index.ts'
import { afterAttempts, balancer, exchange, fleet, member } from './_fleet.ts'

type Fleet = ReturnType<typeof balancer>

function reasonOf({ pick }: Fleet, parts: Partial<Exchange> = {}): string {
  const made = exchange(parts)
  pick(made)
  return made.endpointReason
}

const ROUTE = { limits: { concurrencyPerEndpoint: 10 } } as Route

describe('the reason of a choice', () => {
  it.each<[string, Balance, Partial<Exchange>]>([
    ['p2c', 'p2c', {}],
    ['least-requests', 'least-requests', {}],
    ['round-robin', 'round-robin', {}],
    ['hash', { hash: 'caller' }, { caller: 'a' }],
    ['p2c', { hash: { header: 'x-key' } }, {}],
  ])('is %s where the policy is %j and nothing is wrong', (reason, balance, parts) => {
    expect(reasonOf(balancer(fleet(3), { balance }), parts)).toBe(reason)
  })

  it('says that a key goes to its next best endpoint, and not of keys whose own one has room', () => {
    const members = fleet(3)
    const made = balancer(members, { balance: { hash: 'caller' } })
    const own = made.pick(exchange({ caller: 'a' }))
    for (const { endpoint } of members) if (endpoint === own) endpoint.inFlight = 50
    expect(reasonOf(made, { caller: 'a' })).toBe('hash-bound')
    const others = Array.from({ length: 20 }, (_, i) => reasonOf(made, { caller: `other ${i}` }))
    expect(new Set(others)).toEqual(new Set(['hash', 'hash-bound']))
  })

  it('says that there is one endpoint only', () => {
    expect(reasonOf(balancer(fleet(1), {}))).toBe('only')
  })

  it('names what was left out: what was tried, what is sick, what is full', () => {
    const members = fleet(4)
    const made = balancer(members, {})
    const [tried, sick, full] = members
    if (!tried || !sick || !full) throw new Error('Four members')
    expect(reasonOf(made, { attempt: afterAttempts([tried.endpoint]).attempt })).toBe('p2c retry')
    made.attemptEnded(afterAttempts([sick.endpoint]))
    expect(reasonOf(made)).toBe('p2c sick')
    full.endpoint.inFlight = 10
    const { attempt } = afterAttempts([tried.endpoint])
    expect(reasonOf(made, { route: ROUTE, attempt })).toBe('p2c retry sick full')
  })

  it('says when nobody else was left, when the sick were used as well, and when one is tried again', () => {
    const members = fleet(2)
    const made = balancer(members, { ejectMs: 500, health: { panicThreshold: 0 } })
    const endpoints = members.map(({ endpoint }) => endpoint)
    expect(reasonOf(made, { attempt: afterAttempts(endpoints).attempt })).toBe('p2c retry left')
    for (const { endpoint } of members) made.attemptEnded(afterAttempts([endpoint]))
    expect(reasonOf(made)).toBe('p2c panic')
  })

  it('says whether the own zone was enough', () => {
    const near = member('near', { zone: 'a' })
    const made = balancer([near, member('far', { zone: 'b' })], { zone: 'a' })
    expect(reasonOf(made)).toBe('p2c zone')
    made.attemptEnded(afterAttempts([near.endpoint]))
    expect(reasonOf(made)).toBe('p2c spilled sick')
  })

  it('is kept by each attempt, and empty where nobody chose', async () => {
    await using upstream = await createUpstream()
    const seen: string[][] = []
    const plugins = [
      routing({
        // Nobody listens on port 1.
        services: { orders: { balance: 'round-robin', endpoints: ['http://127.0.0.1:1', upstream.url] } },
        routes: [{ match: { path: '/orders' }, to: 'orders' }],
      }),
    ]
    const gateway = createGateway([...plugins, watching(seen)], { logger: false, upstream: upstream.url })
    for (let i = 0; i < 2; i++) await (await gateway.fetch('http://gateway/orders')).text()
    await (await gateway.fetch('http://gateway/other')).text()
    await gateway.close()
    expect(seen).toContainEqual(['round-robin', 'round-robin retry'])
    expect(seen.at(-1)).toEqual([''])
  })
})

/** Notes the reasons of each exchange's attempts, first to last. */
function watching(seen: string[][]) {
  return definePlugin({
    name: 'watching',
    version: '1.0.0',
    api: '1.0',
    fault: 'observer',
    setup(host) {
      host.hooks.onFinish.tap((exchange) => {
        const reasons: string[] = []
        for (let { attempt } = exchange; attempt !== null; attempt = attempt.previous)
          reasons.unshift(attempt.endpointReason)
        seen.push(reasons)
      })
    },
  })()
}

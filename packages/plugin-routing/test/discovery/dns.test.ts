/** Addresses of a name, from a DNS server whose answers are written by hand. */
import { until } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import { DnsSource } from '../../src/discovery/dns/dns-source.ts'
import type { DnsOptions } from '../../src/index.ts'
import { addresses, startDnsServer, type TestAnswer } from '../_support/dns-server.ts'
import { handClock, listenTo } from './_listener.ts'

const URL_OF_ALL = 'http://orders.test:4001'

/** A watch on `orders.test` with a clock of the test's own. */
async function start(answer: TestAnswer, options: Partial<DnsOptions> = {}) {
  const dns = await startDnsServer({ 'orders.test': answer })
  const clock = handClock()
  const all = { name: 'orders.test', port: 4001, server: dns.server, ...options }
  const heard = listenTo(new DnsSource(all, clock.sources))
  return {
    ...heard,
    clock,
    dns,
    /** Waits for the next answer or failure, and for what the watch makes of it. */
    settled: () => until(() => clock.isWaiting, 'the look-up to end'),
    async [Symbol.asyncDispose]() {
      await heard[Symbol.asyncDispose]()
      await dns[Symbol.asyncDispose]()
    },
  }
}

describe('the addresses of a name', () => {
  it('are one endpoint each, under the name', async () => {
    await using watch = await start(addresses(60, '10.0.0.2', '10.0.0.1', 'fd00::1', '10.0.0.1'))
    await watch.settled()
    expect(watch.updates).toEqual([
      ['10.0.0.1', '10.0.0.2', 'fd00::1'].map((address) => `${URL_OF_ALL} at ${address}`),
    ])
    expect(watch.dns.questions.toSorted()).toEqual(['1 orders.test', '28 orders.test'])
  })

  it.each([
    ['A', '1', '10.0.0.1'],
    ['AAAA', '28', 'fd00::1'],
  ] as const)('of type %s alone', async (type, question, address) => {
    await using watch = await start(addresses(60, '10.0.0.1', 'fd00::1'), { type, scheme: 'https' })
    await watch.settled()
    expect(watch.updates).toEqual([[`https://orders.test:4001 at ${address}`]])
    expect(watch.dns.questions).toEqual([`${question} orders.test`])
  })

  it('come over TCP when they do not fit', async () => {
    const many = Array.from({ length: 200 }, (_, i) => `10.0.0.${i}`)
    await using watch = await start({ truncated: addresses(60, ...many) }, { type: 'A' })
    await watch.settled()
    expect(watch.updates[0]).toHaveLength(200)
    expect(watch.dns.questions).toContain('1 orders.test over TCP')
  })
})

describe('the name is asked for again', () => {
  it.each([
    [7, {}, 7_000],
    [0, {}, 1_000],
    [86_400, {}, 300_000],
    [7, { minTtlMs: 10_000 }, 10_000],
    [7, { maxTtlMs: 500 }, 500],
    [7, { minTtlMs: 400_000 }, 400_000],
  ])('after a TTL of %d s, with %o after %d ms', async (ttl, bounds, waitMs) => {
    await using watch = await start(addresses(ttl, '10.0.0.1'), bounds)
    await watch.settled()
    expect(watch.clock.waits).toEqual([waitMs])
  })

  it('by the least of several TTLs, and no answer is kept below', async () => {
    await using watch = await start([...addresses(60, '10.0.0.1'), ...addresses(9, 'fd00::1')])
    await watch.settled()
    expect(watch.clock.waits).toEqual([9_000])
    watch.dns.set('orders.test', addresses(60, '10.0.0.2'))
    watch.clock.pass()
    await watch.settled()
    expect(watch.updates.at(-1)).toEqual([`${URL_OF_ALL} at 10.0.0.2`])
    expect(watch.clock.waits).toEqual([9_000, 60_000])
  })

  it('sooner after a failure, and less often with each one that follows', async () => {
    await using watch = await start('SERVFAIL')
    for (let i = 0; i < 9; i++) {
      await watch.settled()
      watch.clock.pass()
    }
    await watch.settled()
    // Half of each wait is chance, which is 0 here.
    expect(watch.clock.waits).toEqual([125, 250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000])
    watch.dns.set('orders.test', addresses(60, '10.0.0.1'))
    watch.clock.pass()
    await watch.settled()
    watch.dns.set('orders.test', 'SERVFAIL')
    watch.clock.pass()
    await watch.settled()
    expect(watch.clock.waits.slice(-2)).toEqual([60_000, 125])
  })
})

describe('nothing is said to be gone', () => {
  it.each<[string, TestAnswer, RegExp]>([
    ['a name that does not exist', 'NXDOMAIN', /ENOTFOUND/],
    ['a name without addresses', [], /ENODATA/],
    ['a server that fails', 'SERVFAIL', /ESERVFAIL/],
    ['a server that says nothing', 'silence', /ETIMEOUT/],
  ])('by %s', async (_, answer, message) => {
    await using watch = await start(addresses(60, '10.0.0.1'), { timeoutMs: 50 })
    await watch.settled()
    watch.dns.set('orders.test', answer)
    watch.clock.pass()
    await watch.settled()
    expect(watch.updates).toHaveLength(1)
    expect(watch.failures).toEqual([expect.stringMatching(message)])
  })

  it('by a server that answers for one kind of address only', async () => {
    const dns = await startDnsServer({ 'orders.test': addresses(60, '10.0.0.1', 'fd00::1') })
    await using _ = dns
    let isDown = false
    const { Host } = await import('../../src/discovery/dns/host-addresses.ts')
    const { makeResolver } = await import('../../src/discovery/dns/make-resolver.ts')
    const resolver = makeResolver(dns)
    const resolve6 = resolver.resolve6.bind(resolver)
    resolver.resolve6 = ((...args: Parameters<typeof resolve6>) =>
      isDown
        ? Promise.reject(Object.assign(new Error('down'), { code: 'ESERVFAIL' }))
        : resolve6(...args)) as never
    const host = new Host(resolver, 'orders.test', 'both')
    expect((await host.resolve()).addresses).toEqual(['10.0.0.1', 'fd00::1'])
    isDown = true
    dns.set('orders.test', addresses(60, '10.0.0.2'))
    expect((await host.resolve()).addresses).toEqual(['10.0.0.2', 'fd00::1'])
    isDown = false
    expect((await host.resolve()).addresses).toEqual(['10.0.0.2'])
  })
})

it('nothing is told after close', async () => {
  const watch = await start('silence', { timeoutMs: 10_000 })
  await until(() => watch.dns.questions.length > 0, 'the question')
  await watch[Symbol.asyncDispose]()
  await new Promise((resolve) => setImmediate(resolve))
  expect(watch.failures).toEqual([])
  expect(watch.clock.waits).toEqual([])
})

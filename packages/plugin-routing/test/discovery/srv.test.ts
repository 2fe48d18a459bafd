/** SRV records and the addresses of their targets. */
import { until } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import { SrvSource } from '../../src/discovery/dns/srv-source.ts'
import type { SrvOptions } from '../../src/index.ts'
import { addresses, startDnsServer, type TestAnswer, type TestRecord } from '../_support/dns-server.ts'
import { handClock, listenTo } from './_listener.ts'

const NAME = '_http._tcp.orders.test'

const srv = (target: string, priority = 0, weight = 1, port = 80): TestRecord => ({
  type: 'SRV',
  ttl: 60,
  target,
  priority,
  weight,
  port,
})

async function start(names: Readonly<Record<string, TestAnswer>>, options: Partial<SrvOptions> = {}) {
  const dns = await startDnsServer(names)
  const clock = handClock()
  const all = { name: NAME, server: dns.server, type: 'A', ...options } as const
  const heard = listenTo(new SrvSource(all, clock.sources))
  return {
    ...heard,
    clock,
    dns,
    settled: () => until(() => clock.isWaiting, 'the look-up to end'),
    async again() {
      clock.pass()
      await this.settled()
    },
    async [Symbol.asyncDispose]() {
      await heard[Symbol.asyncDispose]()
      await dns[Symbol.asyncDispose]()
    },
  }
}

describe('targets', () => {
  it('are endpoints at their addresses, with port and weight; a target shares its weight among its addresses', async () => {
    await using watch = await start(
      {
        [NAME]: [srv('A.test', 0, 30, 8_080), srv('b.test.', 0, 10, 8_081)],
        'a.test': addresses(60, '10.0.0.1', '10.0.0.2', 'fd00::1'),
        'b.test': addresses(60, '10.0.0.3'),
      },
      { type: 'both', scheme: 'https' },
    )
    await watch.settled()
    expect(watch.updates).toEqual([
      [
        'https://a.test:8080 at 10.0.0.1 x10',
        'https://a.test:8080 at 10.0.0.2 x10',
        'https://a.test:8080 at fd00::1 x10',
        'https://b.test:8081 at 10.0.0.3 x10',
      ],
    ])
  })

  it('of the lowest priority alone are used', async () => {
    await using watch = await start({
      [NAME]: [srv('backup.test', 20), srv('first.test', 5), srv('second.test', 5)],
      'first.test': addresses(60, '10.0.0.1'),
      'second.test': addresses(60, '10.0.0.2'),
      'backup.test': addresses(60, '10.0.0.3'),
    })
    await watch.settled()
    expect(watch.updates).toEqual([
      ['http://first.test:80 at 10.0.0.1 x1', 'http://second.test:80 at 10.0.0.2 x1'],
    ])
    expect(watch.dns.questions).not.toContain('1 backup.test')
  })

  it('of the next priority are used when none of the lowest ever had an address', async () => {
    await using watch = await start({
      [NAME]: [srv('backup.test', 20), srv('first.test', 5)],
      'backup.test': addresses(60, '10.0.0.3'),
    })
    await watch.settled()
    expect(watch.updates).toEqual([['http://backup.test:80 at 10.0.0.3 x1']])
  })

  it.each([
    [
      [0, 0],
      [1, 1],
    ],
    [
      [0, 5],
      [0.01, 5],
    ],
  ])('with weights %o count as %o', async ([a = 0, b = 0], [x, y]) => {
    await using watch = await start({
      [NAME]: [srv('a.test', 0, a), srv('b.test', 0, b)],
      'a.test': addresses(60, '10.0.0.1'),
      'b.test': addresses(60, '10.0.0.2'),
    })
    await watch.settled()
    expect(watch.updates).toEqual([
      [`http://a.test:80 at 10.0.0.1 x${x}`, `http://b.test:80 at 10.0.0.2 x${y}`],
    ])
  })

  it('that cannot be resolved for a while stay where they were', async () => {
    await using watch = await start({
      [NAME]: [srv('a.test'), srv('b.test')],
      'a.test': addresses(60, '10.0.0.1'),
      'b.test': addresses(60, '10.0.0.2'),
    })
    await watch.settled()
    watch.dns.set('b.test', 'SERVFAIL')
    watch.dns.set('a.test', addresses(60, '10.0.0.9'))
    await watch.again()
    expect(watch.updates.at(-1)).toEqual([
      'http://a.test:80 at 10.0.0.9 x1',
      'http://b.test:80 at 10.0.0.2 x1',
    ])
    // Asked for again soon.
    expect(watch.clock.waits).toEqual([30_000, 1_000])
  })

  it('that are gone from the records are forgotten', async () => {
    await using watch = await start({
      [NAME]: [srv('a.test'), srv('b.test')],
      'a.test': addresses(60, '10.0.0.1'),
      'b.test': addresses(60, '10.0.0.2'),
    })
    await watch.settled()
    watch.dns.set(NAME, [srv('b.test')])
    await watch.again()
    watch.dns.set(NAME, [srv('a.test'), srv('b.test')])
    watch.dns.set('a.test', 'SERVFAIL')
    await watch.again()
    expect(watch.updates.slice(1)).toEqual([
      ['http://b.test:80 at 10.0.0.2 x1'],
      ['http://b.test:80 at 10.0.0.2 x1'],
    ])
  })
})

describe('the name is asked for again', () => {
  it.each([
    [7, {}, 7_000],
    [3_600, {}, 30_000],
    [3_600, { maxTtlMs: 60_000 }, 60_000],
  ])("after its targets' TTL of %d s, with %o after %d ms", async (ttl, bounds, waitMs) => {
    await using watch = await start({ [NAME]: [srv('a.test')], 'a.test': addresses(ttl, '10.0.0.1') }, bounds)
    await watch.settled()
    expect(watch.clock.waits).toEqual([waitMs])
  })
})

it.each<[string, Record<string, TestAnswer>]>([
  ['a name that does not exist', {}],
  ['the root as target', { [NAME]: [srv('.')] }],
  ['targets without addresses', { [NAME]: [srv('a.test')] }],
  ['a server that fails', { [NAME]: 'SERVFAIL' }],
])('%s is a failure', async (_, names) => {
  await using watch = await start(names)
  await watch.settled()
  expect(watch.updates).toEqual([])
  expect(watch.failures).toHaveLength(1)
})

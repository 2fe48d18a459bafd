/** When checks are sent, with timers that the test moves. */
import { GatewayError } from '@postern/core'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ActiveChecks } from '../../src/health/active-checks.ts'
import { fleet } from '../balancing/_fleet.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Checks of two endpoints, each a second after the one before, with what became of them. */
function checks(answer: () => Promise<number>, random = 0.5) {
  const members = fleet(2)
  const asked: string[] = []
  const found: string[] = []
  const parts = { isOn: true }
  const made = new ActiveChecks(
    { path: '/', intervalMs: 1_000 },
    {
      request: async ({ authority }) => {
        asked.push(authority)
        return { status: await answer(), headers: [], body: new Uint8Array(), truncated: false }
      },
      random: () => random,
      isOn: () => parts.isOn,
      checked: ({ endpoint }, fault) => found.push(`${endpoint.authority} ${fault ?? 'well'}`),
    },
  )
  made.watch(members)
  return { made, members, asked, found, parts, pass: (ms: number) => vi.advanceTimersByTimeAsync(ms) }
}

it('asks each endpoint at a random time of the first interval, and then once in each', async () => {
  const { made, asked, found, pass } = checks(async () => 200)
  await pass(5_000)
  expect(asked).toEqual([])
  made.start()
  await pass(499)
  expect(asked).toEqual([])
  await pass(1)
  expect(found).toEqual(['a0 well', 'a1 well'])
  await pass(2_000)
  expect(asked).toHaveLength(6)
})

it.each([
  [0, 900],
  [0.999, 1_099],
])('waits a tenth less or more, by chance: %f', async (random, ms) => {
  const { made, asked, pass } = checks(async () => 200, random)
  made.start()
  await pass(1_000 * random)
  await pass(ms - 2)
  expect(asked).toHaveLength(2)
  await pass(4)
  expect(asked).toHaveLength(4)
})

it('says what is wrong, and nothing when the gateway closes', async () => {
  const answers = [
    async () => 500,
    () => Promise.reject(new GatewayError('GW_UPSTREAM_CONNECT_REFUSED')),
    () => Promise.reject(new GatewayError('GW_GATEWAY_CLOSING')),
    () => Promise.reject(new Error('secret')),
  ]
  const { made, found, pass } = checks(() => (answers.shift() ?? (async () => 204))())
  made.start()
  await pass(1_500)
  expect(found).toEqual(['a0 status 500', 'a1 GW_UPSTREAM_CONNECT_REFUSED', 'a1 no answer'])
})

it('asks nobody while another generation does, endpoints that are gone no more, and none after its end', async () => {
  const { made, members, asked, parts, pass } = checks(async () => 200)
  made.start()
  parts.isOn = false
  await pass(1_000)
  expect(asked).toEqual([])
  parts.isOn = true
  made.watch(members.slice(1))
  await pass(1_000)
  expect(asked).toEqual(['a1'])
  made.close()
  expect(vi.getTimerCount()).toBe(0)
  await pass(5_000)
  expect(asked).toEqual(['a1'])
})

it('does not go on when it is closed while a check runs', async () => {
  let release: ((status: number) => void) | undefined
  const { made, found, pass } = checks(() => new Promise((resolve) => (release = resolve)))
  made.start()
  await pass(500)
  made.close()
  release?.(500)
  await pass(5_000)
  expect(found).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})

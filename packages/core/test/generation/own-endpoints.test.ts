import { expect, test } from 'vitest'
import { Generation } from '../../src/generation/generation.ts'
import { resolveSettings } from '../../src/generation/settings.ts'
import { PoolRegistry } from '../../src/upstream/pools.ts'

const noOwner = { onFinished: () => {}, metrics: () => [] }

test('the caller seat keeps connections to a bounded number of hosts, and never drops one that is busy', async () => {
  const generation = new Generation(1, [], resolveSettings({ logger: false }), new PoolRegistry(), noOwner)
  const origin = (i: number): string => `http://host-${i}`
  const busy = generation.ownEndpoint(origin(0))
  busy.places.taken = 1
  const idle = generation.ownEndpoint(origin(1))
  for (let i = 2; i <= 1_001; i++) generation.ownEndpoint(origin(i))
  expect(generation.ownEndpoint(origin(0))).toBe(busy)
  expect(generation.ownEndpoint(origin(1_001))).toBe(generation.ownEndpoint(origin(1_001)))
  expect(generation.ownEndpoint(origin(1))).not.toBe(idle)
  await generation.close()
})

/** Workers that hang, run out of memory, exit and throw: survived, and counted. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readKey } from '../src/verify/jwk.ts'
import type { Job } from '../src/verify/messages.ts'
import { VerifyCounters } from '../src/verify/verify-counters.ts'
import { WorkerPool } from '../src/verify/worker-pool.ts'
import { TestLogger } from './support/fake-host.ts'
import { TestIssuer } from './support/test-issuer.ts'

const filename = fileURLToPath(new URL('support/misbehaving-worker.ts', import.meta.url))

/** @param batchTimeoutMs long, so that a busy machine's garbage collection is not taken for a hang; short to hang. */
async function start(batchTimeoutMs = 30_000) {
  const issuer = await TestIssuer.start()
  const counters = new VerifyCounters()
  const logger = new TestLogger()
  const rules = {
    issuer: issuer.url,
    audience: ['gateway'],
    algorithms: ['ES256'],
    clockToleranceMs: 0,
    typ: undefined,
    requiredClaims: ['exp'],
  }
  const settings = { threads: 1, maxMemoryBytes: 33_554_432, batchTimeoutMs, filename }
  const pool = new WorkerPool(settings, [rules], counters, logger)
  const key = readKey(issuer.key.publicJwk)
  if (typeof key === 'string') throw new Error(key)
  const jobFor = (token: string): Job => ({ token, alg: 'ES256', issuer: 0, keys: [key] })
  return {
    pool,
    counters,
    logger,
    jobFor,
    good: async () => jobFor(await issuer.sign()),
    [Symbol.asyncDispose]: async () => {
      await pool.close()
      await issuer.stop()
    },
  }
}

describe('a worker that', () => {
  it.each([
    ['runs out of memory', 'eat', 'memory'],
    ['exits', 'exit', 'exit'],
    ['hangs', 'hang', 'abort'],
  ])('%s fails its batch twice, is replaced, and the next batch is checked', async (_what, what, reason) => {
    await using running = await start(what === 'hang' ? 4_000 : undefined)
    const { pool, counters, logger } = running
    expect(await pool.check([await running.good()])).toEqual([0])
    expect(await pool.check([running.jobFor(what), await running.good()])).toEqual(['failed', 'failed'])
    expect(pool.ready()).toContain('workers')
    expect(await pool.check([await running.good()])).toEqual([0])
    expect(pool.ready()).toBe(true)
    const { died, hung, failed } = counters.read(0)
    expect({ died, hung, failed }).toEqual({ died: 2, hung: what === 'hang' ? 2 : 0, failed: 1 })
    expect(logger.lines.join('\n').toLowerCase()).toContain(reason)
  })

  it('throws, or answers for fewer tokens than it was asked, refuses and does not end the process', async () => {
    await using running = await start()
    const { pool, counters } = running
    expect(await pool.check([running.jobFor('throw')])).toEqual(['failed'])
    expect(await pool.check([await running.good()])).toEqual([0])
    expect(await pool.check([running.jobFor('few')])).toEqual([])
    expect(counters.read(0)).toMatchObject({ failed: 1, hung: 0 })
  })
})

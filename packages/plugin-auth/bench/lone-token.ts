/**
 * What a lone token costs the event loop, checked by a worker and on the main thread: CPU time of this thread per token.
 * Run by `node --conditions=@postern/source packages/plugin-auth/bench/lone-token.ts` on a machine that does nothing else.
 */
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { Batcher } from '../src/verify/batcher.ts'
import { JoseChecker } from '../src/verify/jose-checker.ts'
import { readKey } from '../src/verify/jwk.ts'
import type { CheckResult, IssuerRules, Job } from '../src/verify/messages.ts'
import { VerifyCounters } from '../src/verify/verify-counters.ts'
import { WorkerPool } from '../src/verify/worker-pool.ts'

const ROUNDS = 5
const TOKENS = 500
const quiet = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet }

const rules: IssuerRules = {
  issuer: 'i',
  audience: ['a'],
  algorithms: ['ES256', 'ES384', 'ES512', 'RS256', 'RS512', 'PS256', 'EdDSA'],
  clockToleranceMs: 0,
  typ: undefined,
  requiredClaims: ['exp'],
}

async function jobFor(alg: string): Promise<Job> {
  const { publicKey, privateKey } = await generateKeyPair(alg)
  const key = readKey(await exportJWK(publicKey))
  if (typeof key === 'string') throw new Error(key)
  const token = await new SignJWT({ iss: 'i', aud: 'a', sub: 's', scope: 'orders.read orders.write' })
    .setProtectedHeader({ alg, kid: 'k' })
    .setExpirationTime('1h')
    .sign(privateKey)
  return { token, alg, issuer: 0, keys: [key] }
}

interface Cost {
  /** CPU time of this thread per token, in microseconds. */
  readonly cpu: number
  /** Time until the answer, in microseconds. */
  readonly wait: number
}

/** The best of several rounds. */
async function cost(check: (job: Job) => Promise<CheckResult>, job: Job): Promise<Cost> {
  let cpu = Number.POSITIVE_INFINITY
  let wait = Number.POSITIVE_INFINITY
  for (let round = 0; round <= ROUNDS; round++) {
    const before = process.threadCpuUsage()
    const startMs = performance.now()
    for (let i = 0; i < TOKENS; i++) {
      if ((await check(job)) !== 0) throw new Error('The token was not verified.')
    }
    const { user, system } = process.threadCpuUsage(before)
    // The first round warms up.
    if (round === 0) continue
    cpu = Math.min(cpu, (user + system) / TOKENS)
    wait = Math.min(wait, ((performance.now() - startMs) * 1_000) / TOKENS)
  }
  return { cpu, wait }
}

const counters = new VerifyCounters()
const pool = new WorkerPool({ threads: 1, maxMemoryBytes: 134_217_728 }, [rules], counters, quiet)
const batcher = new Batcher((jobs) => pool.check(jobs), 1, counters)
const checker = new JoseChecker([rules])
for (const alg of rules.algorithms) {
  const job = await jobFor(alg)
  const worker = await cost((one) => batcher.submit(one), job)
  const inline = await cost((one) => checker.check(one), job)
  const text = [worker, inline].map(
    ({ cpu, wait }) => `${cpu.toFixed(0).padStart(4)} ${wait.toFixed(0).padStart(5)}`,
  )
  console.log(
    `${alg.padEnd(6)} worker ${text[0]}   inline ${text[1]}   (µs of this thread, µs until the answer)`,
  )
}
await pool.close()

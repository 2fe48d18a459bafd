/**
 * Keys rotate, workers are killed and tokens are revoked, all under load: nothing that should be refused passes, and nothing
 * that should pass is refused. Longer: `POSTERN_AUTH_SOAK_SECONDS=60 npx vitest run --project plugin-auth soak`.
 */
import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { revocationList } from '../../src/index.ts'
import { FakeHost } from '../support/fake-host.ts'
import { optionsFor } from '../support/options.ts'
import { makeKey, TestIssuer, type TestKey } from '../support/test-issuer.ts'

const SECONDS = Number(process.env['POSTERN_AUTH_SOAK_SECONDS'] ?? 8)
const CLIENTS = 24
const ROTATE_MS = 1_500
const KILL_MS = 700
/** Keys that are published at once, the one that signs among them. Many: on a busy machine a client takes long with its token. */
const PUBLISHED = 12
/** How often a client asks again after a 503 that says so: a busy machine's batches may run out of time twice. */
const REPEATS = 5

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** What went wrong, counted by what it was. */
class Wrongs {
  readonly counts: Record<string, number> = {}
  add(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1
  }
}

it('no wrong accept and no wrong refusal', { timeout: (SECONDS + 60) * 1_000 }, async () => {
  await using issuer = await TestIssuer.start()
  const revocations = revocationList()
  const workers: Worker[] = []
  const listen = (worker: Worker) => void workers.push(worker)
  process.on('worker', listen)
  await using host = await new FakeHost(
    optionsFor(
      issuer,
      {},
      {
        revocations,
        workers: { threads: 2 },
        cache: { maxEntries: 200 },
        jwks: { cooldownMs: 1, refreshMs: 400 },
      },
    ),
  ).untilReady()

  const wrongs = new Wrongs()
  const keys: TestKey[] = [issuer.key]
  const impostor = await makeKey('ES256')
  const endMs = Date.now() + SECONDS * 1_000
  const running = () => Date.now() < endMs
  let [asked, killed, rotated, revoked, nextId] = [0, 0, 0, 0, 0]

  const ask = async (token: string, expected: string | undefined, what: string) => {
    asked += 1
    let { error } = await host.withToken(token)
    for (let i = 0; i < REPEATS && error?.code === 'GW_AUTH_VERIFIER_FAILED'; i++)
      error = (await host.withToken(token)).error
    if (error?.code !== expected) wrongs.add(`${what}: ${error?.code ?? 'accepted'}`)
  }

  /** Good tokens, each again and again; then it is revoked, and must be refused from that moment on. */
  const client = async () => {
    while (running()) {
      const jti = `token-${nextId++}`
      const token = await issuer.sign({ claims: { jti } })
      for (let i = 0; i < 5; i++) await ask(token, undefined, 'good')
      if (nextId % 2 === 0) continue
      const underWay = ask(token, undefined, 'good')
      await underWay
      revocations.revoke({
        token: jti,
        issuer: issuer.url,
        until: new Date(Date.now() + 60_000).toISOString(),
      })
      revoked += 1
      for (let i = 0; i < 3; i++) await ask(token, 'GW_AUTH_REVOKED', 'revoked')
      await pause(1)
    }
  }

  /** Tokens that nobody signed who may. */
  const attacker = async () => {
    while (running()) {
      const good = await issuer.sign()
      const forged = await issuer.sign({ key: { ...impostor, kid: issuer.key.kid } })
      await ask(forged, 'GW_AUTH_TOKEN_INVALID', 'forged')
      await ask(`${good.slice(0, -8)}AAAAAAAA`, 'GW_AUTH_TOKEN_INVALID', 'changed')
      await ask(await issuer.sign({ claims: { aud: 'other' } }), 'GW_AUTH_TOKEN_INVALID', 'other audience')
      await ask(await issuer.sign({ expiresInS: -60 }), 'GW_AUTH_TOKEN_EXPIRED', 'expired')
      await pause(1)
    }
  }

  /** The new key is published before it signs, and the old one until its last token was asked for. */
  const rotate = async () => {
    while (running()) {
      await pause(ROTATE_MS)
      const next = await makeKey('ES256')
      keys.push(next)
      issuer.published = keys.slice(-PUBLISHED).map((key) => key.publicJwk)
      issuer.key = next
      rotated += 1
    }
  }

  /** One at a time: a batch survives the death of one worker, not that of each worker that it is given to. */
  const kill = async () => {
    while (running()) {
      await pause(KILL_MS)
      const live = workers.filter((worker) => worker.threadId !== -1)
      const [successor] = await Promise.all([
        once(process, 'worker') as Promise<[Worker]>,
        live[killed % live.length]?.terminate(),
      ])
      // Its first message says that it has loaded its code, which takes seconds on a busy machine.
      await once(successor[0], 'message')
      killed += 1
    }
  }

  await Promise.all([...Array.from({ length: CLIENTS }, client), attacker(), attacker(), rotate(), kill()])
  process.off('worker', listen)
  expect(wrongs.counts).toEqual({})
  // The soak was one: everything that it is about happened.
  expect(asked).toBeGreaterThan(100)
  expect(Math.min(killed, rotated, revoked)).toBeGreaterThan(0)
  // A key that left the set no longer signs anything.
  if (keys.length > PUBLISHED) {
    const old = await issuer.sign({ key: keys[0] as TestKey })
    expect((await host.withToken(old)).error?.code).toBe('GW_AUTH_KEY_UNKNOWN')
  }
})

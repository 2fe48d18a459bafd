import { createTestGateway } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import { auth, authView, revocationList } from '../src/index.ts'
import { Verifier } from '../src/verify/verifier.ts'
import { eventually, resolve, TestLogger, verifyAsync } from './support/fake-host.ts'
import { optionsFor } from './support/options.ts'
import { TestIssuer } from './support/test-issuer.ts'

const sum = (counts: readonly number[]) => counts.reduce((total, one) => total + one, 0)

async function start(issuer: TestIssuer, workers: object): Promise<Verifier> {
  const algorithms = ['ES256', 'ES384'] as const
  const verifier = new Verifier(resolve(optionsFor(issuer, { algorithms }, { workers })), new TestLogger())
  await eventually(() => verifier.ready() === true)
  return verifier
}

describe('what is counted', () => {
  it('tells hits, misses, joined flights and refusals from memory apart', async () => {
    await using issuer = await TestIssuer.start()
    const verifier = await start(issuer, { threads: 0 })
    const token = await issuer.sign()
    const bad = `${token.slice(0, -6)}AAAAAA`
    await Promise.all([token, token, bad].map((one) => verifyAsync(verifier, one)))
    for (const one of [token, token, bad, 'a.b.c']) await verifier.verify(one)
    const { cache, results, waiting } = verifier.stats()
    expect(cache).toEqual({ entries: 1, hits: 2, misses: 5, joined: 1, refused: 1 })
    expect(results).toEqual({ ok: 1, GW_AUTH_TOKEN_INVALID: 1, GW_AUTH_TOKEN_MALFORMED: 1 })
    expect(waiting).toBe(0)
    await verifier.close()
  })

  it('tells the sizes of batches and how long tokens waited', async () => {
    await using issuer = await TestIssuer.start()
    const verifier = await start(issuer, { threads: 1, maxQueue: 20 })
    const tokens = await Promise.all(Array.from({ length: 25 }, () => issuer.sign()))
    const outcomes = tokens.map((token) => verifier.verify(token))
    expect(verifier.stats()).toMatchObject({ waiting: 20, results: { GW_AUTH_OVERLOADED: 5 } })
    for (const outcome of outcomes) await outcome
    const { batches, queueTime, inline } = verifier.stats().workers
    expect(batches.sum).toBe(20)
    expect(sum(batches.counts)).toBe(1)
    expect(batches.counts[batches.bounds.indexOf(32)]).toBe(1)
    expect(sum(queueTime.counts)).toBe(20)
    expect(queueTime.sumMs).toBeGreaterThan(0)
    expect(inline).toBe(0)
    await verifier.close()
  })
})

describe('a token that comes alone', () => {
  const lone = async (workers: object, alg = 'ES256') => {
    await using issuer = await TestIssuer.start(alg)
    const verifier = await start(issuer, { threads: 1, ...workers })
    for (let i = 0; i < 3; i++) await verifier.verify(await issuer.sign())
    const { inline, batches } = verifier.stats().workers
    const { results } = verifier.stats()
    await verifier.close()
    expect(results).toEqual({ ok: 3 })
    return { inline, sent: batches.sum }
  }

  it('is checked on the main thread by default', async () => {
    expect(await lone({})).toEqual({ inline: 3, sent: 0 })
  })

  it('goes to a worker when options say so', async () => {
    expect(await lone({ inline: 'never' })).toEqual({ inline: 0, sent: 3 })
  })

  it('goes to a worker when its algorithm is expensive', async () => {
    expect(await lone({}, 'ES384')).toEqual({ inline: 0, sent: 3 })
  })
})

describe('authView()', () => {
  it('shows the running gateway, and nothing before and afterwards', async () => {
    await using issuer = await TestIssuer.start()
    const view = authView()
    const revocations = revocationList()
    revocations.revoke({ token: 't' })
    expect(view.stats()).toBeUndefined()
    {
      await using test = await createTestGateway([auth({ ...optionsFor(issuer), view, revocations })])
      const headers = { authorization: `Bearer ${await issuer.sign()}` }
      for (let i = 0; i < 3; i++) expect((await test.fetch('/', { headers })).status).toBe(200)
      expect(view.stats()).toMatchObject({
        jwt: {
          results: { ok: 1 },
          cache: { hits: 2, misses: 1 },
          keys: [{ issuer: issuer.url, keys: 1, loads: 1, failures: 0 }],
        },
        revocations: { entries: 1 },
      })
    }
    expect(view.stats()).toBeUndefined()
  })

  it('is refused when it is something else', () => {
    expect(() => resolve({ ...optionsFor({ url: 'http://idp' } as TestIssuer), view: {} as never })).toThrow(
      'Expected what authView() gives',
    )
  })
})

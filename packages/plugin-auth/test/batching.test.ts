import { describe, expect, it } from 'vitest'
import { Batcher } from '../src/verify/batcher.ts'
import { checkAll } from '../src/verify/check-all.ts'
import type { Batch, CheckResult, Job } from '../src/verify/messages.ts'
import { VerifiedToken } from '../src/verify/outcome.ts'
import { Verifier } from '../src/verify/verifier.ts'
import { VerifyCounters } from '../src/verify/verify-counters.ts'
import { eventually, resolve, TestLogger, verifyAsync } from './support/fake-host.ts'
import { optionsFor } from './support/options.ts'
import { TestIssuer } from './support/test-issuer.ts'

const job = (name: string): Job => ({ token: name, alg: 'ES256', issuer: 0, keys: [] })
const jobs = (count: number) => Array.from({ length: count }, (_, i) => job(String(i)))
const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 5))

/** A sender that keeps messages until it is told to answer. */
class HeldMessages {
  readonly sizes: number[] = []
  readonly #answers: (() => void)[] = []
  readonly send = (batch: readonly Job[]): Promise<readonly CheckResult[]> => {
    this.sizes.push(batch.length)
    return new Promise((resolve) => this.#answers.push(() => resolve(batch.map((one) => Number(one.token)))))
  }
  answer(): void {
    this.#answers.shift()?.()
  }
}

describe('Batcher', () => {
  it('sends the tokens of one turn as one message and gives each its own result', async () => {
    const held = new HeldMessages()
    const batcher = new Batcher(held.send, 1, new VerifyCounters())
    const results = Promise.all(jobs(50).map((one) => batcher.submit(one)))
    await nextTurn()
    expect(held.sizes).toEqual([50])
    held.answer()
    expect(await results).toEqual(jobs(50).map((one) => Number(one.token)))
  })

  it('sends at most 64 tokens in a message and one message per worker at a time', async () => {
    const held = new HeldMessages()
    const batcher = new Batcher(held.send, 1, new VerifyCounters())
    const results = Promise.all(jobs(150).map((one) => batcher.submit(one)))
    for (const sizes of [[64], [64, 64], [64, 64, 22]]) {
      await nextTurn()
      expect(held.sizes).toEqual(sizes)
      held.answer()
    }
    expect(await results).toHaveLength(150)
  })

  it('collects tokens of later turns while the worker is busy', async () => {
    const held = new HeldMessages()
    const batcher = new Batcher(held.send, 1, new VerifyCounters())
    const results = []
    for (const one of jobs(10)) {
      results.push(batcher.submit(one))
      await nextTurn()
    }
    expect(held.sizes).toEqual([1])
    held.answer()
    await nextTurn()
    expect(held.sizes).toEqual([1, 9])
    held.answer()
    await Promise.all(results)
  })

  it('shares a turn among workers only when each gets enough', async () => {
    const few = new HeldMessages()
    const first = new Batcher(few.send, 2, new VerifyCounters())
    for (const one of jobs(12)) void first.submit(one)
    const many = new HeldMessages()
    const second = new Batcher(many.send, 2, new VerifyCounters())
    for (const one of jobs(60)) void second.submit(one)
    await nextTurn()
    expect(few.sizes).toEqual([12])
    expect(many.sizes).toEqual([30, 30])
  })

  it('counts a token without a result as failed', async () => {
    const batcher = new Batcher(() => Promise.resolve([]), 1, new VerifyCounters())
    expect(await batcher.submit(job('1'))).toBe('failed')
  })
})

describe('a batch in a worker', () => {
  const batchOf = (count: number): Batch => ({
    keys: [],
    candidates: Array.from({ length: count }, () => []),
    tokens: Array.from({ length: count }, (_, place) => String(place)),
    algs: Array.from({ length: count }, () => 'ES256'),
    issuers: Array.from({ length: count }, () => 0),
  })

  it('leaves half of the threads that DNS and files need, and gives each token its own result', async () => {
    let running = 0
    let most = 0
    const results = await checkAll(batchOf(20), async ({ token }) => {
      most = Math.max(most, ++running)
      // The first takes longer than all others.
      await new Promise((resolve) => setTimeout(resolve, token === '0' ? 100 : 1))
      running -= 1
      return Number(token)
    })
    expect(most).toBe(2)
    expect(results).toEqual(Array.from({ length: 20 }, (_, place) => place))
  })
})

describe('a verifier with a worker', () => {
  const start = async (issuer: TestIssuer, workers = {}) => {
    const verifier = new Verifier(
      resolve(optionsFor(issuer, {}, { workers: { threads: 1, inline: 'never', ...workers } })),
      new TestLogger(),
    )
    await eventually(() => verifier.ready() === true)
    return verifier
  }

  it('needs one message for 40 tokens of one turn', async () => {
    await using issuer = await TestIssuer.start()
    const verifier = await start(issuer)
    const tokens = await Promise.all(Array.from({ length: 40 }, () => issuer.sign()))
    const outcomes = await Promise.all(tokens.map((token) => verifyAsync(verifier, token)))
    expect(outcomes.every((outcome) => outcome instanceof VerifiedToken)).toBe(true)
    expect(verifier.messages).toBe(1)
    await verifier.close()
  })

  it('checks equal tokens once, and none at all once they are cached', async () => {
    await using issuer = await TestIssuer.start()
    const verifier = await start(issuer)
    const token = await issuer.sign()
    const flights = Array.from({ length: 100 }, () => verifier.verify(token))
    expect(new Set(flights).size).toBe(1)
    const outcomes = new Set(await Promise.all(flights.map(async (flight) => flight)))
    expect(outcomes.size).toBe(1)
    expect(verifier.messages).toBe(1)
    expect(verifier.verify(token)).toBe([...outcomes][0])
    expect(verifier.messages).toBe(1)
    await verifier.close()
  })

  it('keeps good and bad tokens of one message apart', async () => {
    await using issuer = await TestIssuer.start()
    const verifier = await start(issuer)
    const good = await issuer.sign()
    const bad = `${(await issuer.sign()).slice(0, -6)}AAAAAA`
    const foreign = await issuer.sign({ claims: { aud: 'other' } })
    const [first, second, third] = await Promise.all(
      [good, bad, foreign].map((token) => verifyAsync(verifier, token)),
    )
    expect(first).toBeInstanceOf(VerifiedToken)
    expect(second).toMatchObject({ code: 'GW_AUTH_TOKEN_INVALID', message: 'The signature does not match.' })
    expect(third).toMatchObject({
      code: 'GW_AUTH_TOKEN_INVALID',
      message: 'aud is missing or holds none of the expected audiences.',
    })
    expect(verifier.messages).toBe(1)
    await verifier.close()
  })

  it('refuses at once what is above maxQueue, and takes tokens again afterwards', async () => {
    await using issuer = await TestIssuer.start()
    const verifier = await start(issuer, { maxQueue: 5 })
    const tokens = await Promise.all(Array.from({ length: 8 }, () => issuer.sign()))
    const outcomes = tokens.map((token) => verifier.verify(token))
    expect(outcomes.filter((outcome) => outcome instanceof Promise)).toHaveLength(5)
    expect(outcomes.slice(5)).toEqual(Array(3).fill(expect.objectContaining({ code: 'GW_AUTH_OVERLOADED' })))
    for (const outcome of outcomes) await outcome
    expect(await verifier.verify(tokens[7] as string)).toBeInstanceOf(VerifiedToken)
    await verifier.close()
  })

  it('bounds the tokens that wait for the keys of an issuer that hangs, without a place less for others', async () => {
    await using issuer = await TestIssuer.start()
    await using hung = await TestIssuer.start()
    hung.behaviour = 'stalled'
    const { jwt } = optionsFor(issuer)
    const options = optionsFor(hung, {}, { jwt: [...(jwt ?? []), ...(optionsFor(hung).jwt ?? [])] })
    const verifier = new Verifier(
      resolve({ ...options, workers: { threads: 0, maxQueue: 5 } }),
      new TestLogger(),
    )
    await eventually(() => verifier.stats().keys[0]?.keys === 1)
    const waiting = await Promise.all(Array.from({ length: 7 }, () => hung.sign()))
    const outcomes = waiting.map((token) => verifier.verify(token))
    expect(outcomes.filter((outcome) => outcome instanceof Promise)).toHaveLength(5)
    expect(outcomes.slice(5)).toEqual(Array(2).fill(expect.objectContaining({ code: 'GW_AUTH_OVERLOADED' })))
    const others = await Promise.all(Array.from({ length: 5 }, () => issuer.sign()))
    for (const outcome of await Promise.all(others.map((token) => verifyAsync(verifier, token))))
      expect(outcome).toBeInstanceOf(VerifiedToken)
    expect(verifier.stats().waiting).toBe(5)
    for (const waited of outcomes.slice(0, 5))
      expect(await waited).toMatchObject({ code: 'GW_AUTH_KEYS_UNAVAILABLE' })
    // Their places are free again.
    expect(verifier.stats().waiting).toBe(0)
    await verifier.close()
  })
})

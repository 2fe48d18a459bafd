import type { Rejection } from '../rejection.ts'
import type { Engine } from './engine.ts'
import type { Issuer } from './issuers.ts'
import type { KeyRecord } from './jwk.ts'
import type { KeyAnswer } from './key-source.ts'
import type { CheckFailure } from './messages.ts'
import * as outcome from './outcome.ts'
import type { TokenHead } from './token-head.ts'

const REJECTIONS: Readonly<Record<CheckFailure, Rejection>> = {
  signature: outcome.WRONG_SIGNATURE,
  expired: outcome.EXPIRED,
  early: outcome.EARLY,
  issuer: outcome.WRONG_ISSUER,
  audience: outcome.WRONG_AUDIENCE,
  typ: outcome.WRONG_TYPE,
  claim: outcome.WRONG_CLAIM,
  malformed: outcome.REJECTED_FORM,
  failed: outcome.VERIFIER_FAILED,
}

/**
 * Brings a token, the keys that may have signed it, and the engine together, for a bounded number of tokens. Those that wait
 * for keys are bounded for each issuer apart: an issuer that hangs must not use up what tokens of others wait in.
 */
export class Signatures {
  readonly #engine: Engine
  readonly #maxQueue: number
  #checking = 0
  readonly #forKeys = new Map<Issuer, number>()

  /** @param maxQueue how many tokens may be checked at once, and how many may wait for the keys of one issuer. */
  constructor(engine: Engine, maxQueue: number) {
    this.#engine = engine
    this.#maxQueue = maxQueue
  }

  /** Whether one more token of an issuer may be checked, or wait for its keys where those are not there yet. */
  hasRoom(issuer: Issuer, keys: KeyAnswer | Promise<KeyAnswer>): boolean {
    return (keys instanceof Promise ? this.#waiting(issuer) : this.#checking) < this.#maxQueue
  }

  /** The key of these that signed a token, or why the token is refused. Never rejects. */
  async check(
    token: string,
    head: TokenHead,
    issuer: Issuer,
    found: KeyAnswer | Promise<KeyAnswer>,
  ): Promise<KeyRecord | Rejection> {
    const keys = found instanceof Promise ? await this.#wait(issuer, () => found) : found
    if ('code' in keys) return keys
    let verdict = await this.#try(token, head, issuer, keys)
    if (verdict === 'signature' && head.kid === undefined) {
      // Without a kid, a rotation looks like a bad signature: it may be the new key's.
      const newer = await this.#wait(issuer, () => newerKeys(head, issuer, keys))
      if (newer && 'code' in newer) return newer
      if (newer) verdict = await this.#try(token, head, issuer, newer)
    }
    return typeof verdict === 'string' ? REJECTIONS[verdict] : verdict
  }

  async #try(
    token: string,
    { alg }: TokenHead,
    issuer: Issuer,
    keys: readonly KeyRecord[],
  ): Promise<KeyRecord | CheckFailure | Rejection> {
    if (this.#checking >= this.#maxQueue) return outcome.OVERLOADED
    this.#checking += 1
    const result = await this.#engine.check({ token, alg, issuer: issuer.place, keys })
    this.#checking -= 1
    return typeof result === 'number' ? (keys[result] ?? 'failed') : result
  }

  #waiting(issuer: Issuer): number {
    return this.#forKeys.get(issuer) ?? 0
  }

  async #wait<TKeys>(issuer: Issuer, ask: () => Promise<TKeys>): Promise<TKeys | Rejection> {
    if (this.#waiting(issuer) >= this.#maxQueue) return outcome.OVERLOADED
    this.#forKeys.set(issuer, this.#waiting(issuer) + 1)
    try {
      return await ask()
    } finally {
      this.#forKeys.set(issuer, this.#waiting(issuer) - 1)
    }
  }
}

async function newerKeys(
  head: TokenHead,
  issuer: Issuer,
  tried: readonly KeyRecord[],
): Promise<readonly KeyRecord[] | undefined> {
  await issuer.keys.refetch()
  const keys = await issuer.keys.find(head.alg, undefined)
  return 'code' in keys || keys.every((key) => tried.includes(key)) ? undefined : keys
}

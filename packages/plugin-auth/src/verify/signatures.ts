import type { Rejection } from '../rejection.ts'
import type { Engine } from './engine.ts'
import type { Issuer } from './issuers.ts'
import type { KeyRecord } from './jwk.ts'
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

/** Brings a token, the keys that may have signed it, and the engine together. */
export class Signatures {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** The key that signed a token, or why the token is refused. Never rejects. */
  async check(token: string, head: TokenHead, issuer: Issuer): Promise<KeyRecord | Rejection> {
    const keys = await issuer.keys.find(head.alg, head.kid)
    if ('code' in keys) return keys
    let verdict = await this.#try(token, head, issuer, keys)
    if (verdict === 'signature' && head.kid === undefined) {
      // Without a kid, a rotation looks like a bad signature: it may be the new key's.
      const newer = await this.#newerKeys(head, issuer, keys)
      if (newer) verdict = await this.#try(token, head, issuer, newer)
    }
    return typeof verdict === 'string' ? REJECTIONS[verdict] : verdict
  }

  async #try(
    token: string,
    { alg }: TokenHead,
    issuer: Issuer,
    keys: readonly KeyRecord[],
  ): Promise<KeyRecord | CheckFailure> {
    const result = await this.#engine.check({ token, alg, issuer: issuer.place, keys })
    return typeof result === 'number' ? (keys[result] ?? 'failed') : result
  }

  async #newerKeys(
    head: TokenHead,
    issuer: Issuer,
    tried: readonly KeyRecord[],
  ): Promise<readonly KeyRecord[] | undefined> {
    await issuer.keys.refetch()
    const keys = await issuer.keys.find(head.alg, undefined)
    return 'code' in keys || keys.every((key) => tried.includes(key)) ? undefined : keys
  }
}

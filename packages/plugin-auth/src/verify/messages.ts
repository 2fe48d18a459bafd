import type { VerificationJwk } from './jwk.ts'

/** What tokens of one issuer must satisfy; sent to a worker once, when it starts. */
export interface IssuerRules {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly algorithms: readonly string[]
  readonly clockToleranceMs: number
  readonly typ: string | undefined
  readonly requiredClaims: readonly string[]
}

/** A key with the name that its imported form is kept under. */
export interface WireKey {
  readonly id: string
  readonly jwk: VerificationJwk
}

/** One token to check. */
export interface Job<TKey extends WireKey = WireKey> {
  /** The whole token. */
  readonly token: string
  /** `alg` of its header, already found to be one of the issuer's. */
  readonly alg: string
  /** Place of its issuer in the rules. */
  readonly issuer: number
  /** Keys that may have signed it, tried in order. */
  readonly keys: readonly TKey[]
}

/** Tokens of one turn, as they travel: parallel arrays and each key once, because cloning is what a message costs. */
export interface Batch {
  readonly keys: readonly WireKey[]
  readonly tokens: readonly string[]
  readonly algs: readonly string[]
  readonly issuers: readonly number[]
  /** For each token, places in `keys`. */
  readonly candidates: readonly (readonly number[])[]
}

/** Why a token failed its check. `failed` is a fault of the verifier, all others are the token's. */
export type CheckFailure =
  | 'signature'
  | 'expired'
  | 'early'
  | 'issuer'
  | 'audience'
  | 'typ'
  | 'claim'
  | 'malformed'
  | 'failed'

/** Place of the key that verified the token, or why it failed. Claims do not travel back: the sender has the token. */
export type CheckResult = number | CheckFailure

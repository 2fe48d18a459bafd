import type { KeyState } from './key-source.ts'
import type { WorkerStats } from './verify-counters.ts'

/** How remembered tokens were used. */
export interface TokenCacheStats {
  /** Tokens that are remembered as verified. */
  readonly entries: number
  /** Requests that were answered from memory. */
  readonly hits: number
  /** Requests whose token was not remembered, or not good any more. */
  readonly misses: number
  /** Of the misses: the same token was being checked already, and its result served both. */
  readonly joined: number
  /** Of the misses: the token was remembered as having a wrong signature. */
  readonly refused: number
}

/** The keys of one issuer. */
export interface KeyStats extends KeyState {
  /** The issuer. */
  readonly issuer: string
}

/** What was counted about JSON Web Tokens. */
export interface JwtStats {
  /** Tokens that were checked because they were not remembered, by result: `ok`, or the code of the refusal. */
  readonly results: Readonly<Record<string, number>>
  /** Tokens that are being checked, or wait for it or for keys. See `workers.maxQueue`. */
  readonly waiting: number
  /** How remembered tokens were used. */
  readonly cache: TokenCacheStats
  /** What the workers did. */
  readonly workers: WorkerStats
  /** How the keys of each issuer stand. */
  readonly keys: readonly KeyStats[]
}

import type { Logger } from '@postern/core'
import type { ResolvedAuthOptions } from '../options.ts'
import type { Rejection } from '../rejection.ts'
import { createEngine, type Engine } from './engine.ts'
import { type Issuer, Issuers } from './issuers.ts'
import type { KeyRecord } from './jwk.ts'
import type { CheckFailure } from './messages.ts'
import * as outcome from './outcome.ts'
import { type Outcome, VerifiedToken } from './outcome.ts'
import { toPrincipal } from './principal.ts'
import { type Lease, Shared } from './shared.ts'
import { type CachedEntry, TokenCache } from './token-cache.ts'
import { readToken, type TokenHead } from './token-head.ts'
import { checkTimes, readTimes, type TokenTimes } from './token-times.ts'

// Bad signatures are remembered briefly and apart from good tokens: a flood of them pushes out nobody else.
const DENIED_ENTRIES = 256
const DENIED_MS = 10_000

interface Denied extends CachedEntry {
  readonly untilMs: number
}

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

const shared = new Shared<Verifier>()

/**
 * Takes the verifier for these options. Generations with equal options share it, so that a reload for another plugin's
 * sake keeps verified tokens, keys and warm workers.
 */
export function leaseVerifier(options: ResolvedAuthOptions, logger: Logger): Lease<Verifier> {
  const { jwt, jwks, cache, workers } = options
  const lease = shared.lease(JSON.stringify([jwt, jwks, cache, workers]), () => new Verifier(options, logger))
  lease.value.useLogger(logger)
  return lease
}

/** Verifies tokens: from memory where it can, else by the issuer's keys. */
export class Verifier {
  readonly #issuers: Issuers
  readonly #engine: Engine
  readonly #verified: TokenCache<VerifiedToken>
  readonly #denied = new TokenCache<Denied>(DENIED_ENTRIES)
  readonly #flights = new Map<string, Promise<Outcome>>()
  readonly #maxAgeMs: number
  readonly #maxQueue: number

  /**
   * Starts workers and fetches keys in the background.
   * @throws {Error} when the worker's file is missing.
   */
  constructor(options: ResolvedAuthOptions, logger: Logger) {
    this.#issuers = new Issuers(options, logger)
    try {
      this.#engine = createEngine(options.workers.threads, this.#issuers.rules, logger)
    } catch (error) {
      this.#issuers.release()
      throw error
    }
    this.#verified = new TokenCache(options.cache.maxEntries)
    this.#maxAgeMs = options.cache.maxAgeMs
    this.#maxQueue = options.workers.maxQueue
  }

  /** Messages sent to workers so far. */
  get messages(): number {
    return this.#engine.messages
  }

  /** Verifies a token. At once when it is known, or refused without crypto; else as a promise that never rejects. */
  verify(token: string): Outcome | Promise<Outcome> {
    const nowMs = Date.now()
    const signature = token.slice(token.lastIndexOf('.') + 1)
    const known = this.#verified.get(signature, token)
    if (known) {
      const still = this.#recheck(known, nowMs)
      if (still === known) return known
      this.#verified.delete(signature)
      if (still) return still
    }
    const denied = this.#denied.get(signature, token)
    if (denied && nowMs < denied.untilMs) return outcome.WRONG_SIGNATURE
    return this.#flights.get(token) ?? this.#first(token, signature, nowMs)
  }

  /** `true` when tokens of every issuer can be checked, else why not. */
  ready(): true | string {
    const reasons = this.#issuers.faults()
    const engine = this.#engine.ready()
    if (engine !== true) reasons.push(engine)
    return reasons.length === 0 || reasons.join(' ')
  }

  /** Sends log lines elsewhere from now on: to the newest generation's logger. */
  useLogger(logger: Logger): void {
    this.#issuers.useLogger(logger)
    this.#engine.useLogger(logger)
  }

  /** Ends workers, timers and fetches. Twice is the same as once. */
  async close(): Promise<void> {
    this.#issuers.release()
    this.#verified.clear()
    this.#denied.clear()
    await this.#engine.close()
  }

  /** What a remembered token is worth now: itself, a rejection, or `undefined` when it must be verified anew. */
  #recheck(known: VerifiedToken, nowMs: number): VerifiedToken | Rejection | undefined {
    const issuer = this.#issuers.get(known.principal.issuer)
    if (!issuer) return undefined
    const late = checkTimes(known, nowMs, issuer.rules.clockToleranceMs)
    if (late) return late
    return nowMs < known.expiresMs && known.key.live && nowMs < issuer.keys.usableUntilMs ? known : undefined
  }

  /** A token met for the first time: everything that needs no key, then the shared flight that does. */
  #first(token: string, signature: string, nowMs: number): Outcome | Promise<Outcome> {
    const head = readToken(token)
    if ('code' in head) return head
    const issuer = this.#issuers.get(head.issuer)
    if (!issuer) return outcome.UNKNOWN_ISSUER
    // Before any key is looked at: a public RSA key must never meet an algorithm that takes it for a shared secret.
    if (!issuer.rules.algorithms.includes(head.alg)) return outcome.WRONG_ALGORITHM
    const times = readTimes(head.claims, issuer.times)
    if ('code' in times) return times
    const late = checkTimes(times, nowMs, issuer.rules.clockToleranceMs)
    if (late) return late
    if (this.#flights.size >= this.#maxQueue) return outcome.OVERLOADED

    const flight = this.#fly(token, signature, head, issuer, times).finally(() => this.#flights.delete(token))
    this.#flights.set(token, flight)
    return flight
  }

  async #fly(
    token: string,
    signature: string,
    head: TokenHead,
    issuer: Issuer,
    times: TokenTimes,
  ): Promise<Outcome> {
    const keys = await issuer.keys.find(head.alg, head.kid)
    if ('code' in keys) return keys
    let verdict = await this.#check(token, head, issuer, keys)
    if (verdict === 'signature' && head.kid === undefined) {
      // Without a kid, a rotation looks like a bad signature: it may be the new key's.
      const newer = await this.#newerKeys(head, issuer, keys)
      if (newer) verdict = await this.#check(token, head, issuer, newer)
    }
    if (typeof verdict === 'string') {
      if (verdict === 'signature')
        this.#denied.set(signature, { token, used: false, untilMs: Date.now() + DENIED_MS })
      return REJECTIONS[verdict]
    }
    // The claims read before the check are those that were signed: both come from this one string.
    const caller = toPrincipal(issuer.rules.issuer, head.claims, issuer.scopeClaim)
    if ('code' in caller) return caller
    const verified = new VerifiedToken(token, caller, times, verdict, Date.now() + this.#maxAgeMs)
    this.#verified.set(signature, verified)
    return verified
  }

  async #check(
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

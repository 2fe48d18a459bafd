import type { Logger } from '@postern/core'
import type { AuthCounts, Outcomes } from '../counts/auth-counts.ts'
import { Lasting } from '../lasting.ts'
import type { ResolvedAuthOptions } from '../options.ts'
import type { Rejection } from '../rejection.ts'
import { createEngine, type Engine } from './engine.ts'
import { type Issuer, Issuers } from './issuers.ts'
import type { JwtStats } from './jwt-stats.ts'
import type { KeyAnswer, KeySource } from './key-source.ts'
import * as outcome from './outcome.ts'
import { type Outcome, VerifiedToken } from './outcome.ts'
import { toPrincipal } from './principal.ts'
import type { Lease } from './shared.ts'
import { Signatures } from './signatures.ts'
import { SteadyMap } from './steady-map.ts'
import { type CachedEntry, TokenCache } from './token-cache.ts'
import { readToken, type TokenHead } from './token-head.ts'
import { checkTimes, readTimes, type TokenTimes } from './token-times.ts'

// Bad signatures are remembered briefly and apart from good tokens: a flood of them pushes out nobody else.
const DENIED_ENTRIES = 256
const DENIED_MS = 10_000

/** A token whose signature is wrong by the keys as they were read then. */
interface Denied extends CachedEntry {
  readonly keys: KeySource
  readonly loads: number
  readonly untilMs: number
}

function ifStillDenied(denied: Denied, nowMs: number): Denied | undefined {
  return nowMs < denied.untilMs && denied.loads === denied.keys.loads ? denied : undefined
}

/**
 * Takes the verifier for these options. Generations with equal options share it, so that a reload for another plugin's
 * sake keeps verified tokens, keys and warm workers.
 */
export function leaseVerifier(
  options: ResolvedAuthOptions,
  lasting: Lasting,
  logger: Logger,
): Lease<Verifier> {
  const { jwt, jwks, cache, workers } = options
  const lease = lasting.verifiers.lease(
    JSON.stringify([jwt, jwks, cache, workers]),
    () => new Verifier(options, logger, lasting),
  )
  lease.value.useLogger(logger)
  return lease
}

/** Verifies tokens: from memory where it can, else by the issuer's keys. */
export class Verifier {
  readonly #issuers: Issuers
  readonly #engine: Engine
  readonly #verified: TokenCache<VerifiedToken>
  readonly #denied: TokenCache<Denied>
  readonly #flights = new SteadyMap<Promise<Outcome>>()
  readonly #signatures: Signatures
  readonly #counters: AuthCounts['verify']
  readonly #results: Outcomes
  readonly #maxAgeMs: number

  /**
   * Starts workers and fetches keys in the background.
   * @throws {Error} when the worker's file is missing.
   */
  constructor(options: ResolvedAuthOptions, logger: Logger, lasting: Lasting = new Lasting()) {
    const { counts } = lasting
    this.#counters = counts.verify
    this.#results = counts.results
    this.#issuers = new Issuers(options, lasting, logger)
    try {
      this.#engine = createEngine(options.workers, this.#issuers.rules, this.#counters, logger)
    } catch (error) {
      this.#issuers.release()
      throw error
    }
    this.#signatures = new Signatures(this.#engine, options.workers.maxQueue)
    this.#verified = new TokenCache(options.cache.maxEntries, counts.cache('jwt'))
    this.#denied = new TokenCache(DENIED_ENTRIES, counts.cache('jwt-denied'))
    this.#maxAgeMs = options.cache.maxAgeMs
  }

  /** Messages sent to workers so far. */
  get messages(): number {
    return this.#engine.messages
  }

  /** Verifies a token. At once when it is known, or refused without crypto; else as a promise that never rejects. */
  verify(token: string): Outcome | Promise<Outcome> {
    const nowMs = Date.now()
    const signature = token.slice(token.lastIndexOf('.') + 1)
    const known = this.#verified.get(signature, token, this.#recheck, nowMs)
    if (known) return 'code' in known ? this.#count(known) : known
    if (this.#denied.get(signature, token, ifStillDenied, nowMs)) return outcome.WRONG_SIGNATURE
    const flight = this.#flights.get(token)
    if (flight) {
      this.#counters.joined += 1
      return flight
    }
    const first = this.#first(token, signature, nowMs)
    return first instanceof Promise ? first : this.#count(first)
  }

  /** What was counted since a gateway with the plugin was started, by this verifier and those before it. */
  stats(): JwtStats {
    return {
      results: this.#results.read(),
      waiting: this.#flights.size,
      cache: {
        entries: this.#verified.size,
        hits: this.#verified.counts.hits,
        misses: this.#verified.counts.misses,
        joined: this.#counters.joined,
        refused: this.#denied.counts.hits,
      },
      workers: this.#counters.read(this.#engine.alive),
      keys: this.#issuers.keyStats(),
    }
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
  readonly #recheck = (known: VerifiedToken, nowMs: number): VerifiedToken | Rejection | undefined => {
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
    const keys = issuer.keys.find(head.alg, head.kid)
    if (!this.#signatures.hasRoom(issuer, keys)) return outcome.OVERLOADED

    const flight = this.#fly(token, signature, head, issuer, times, keys)
      .then((settled) => this.#count(settled))
      .finally(() => this.#flights.delete(token))
    this.#flights.set(token, flight)
    return flight
  }

  async #fly(
    token: string,
    signature: string,
    head: TokenHead,
    issuer: Issuer,
    times: TokenTimes,
    found: KeyAnswer | Promise<KeyAnswer>,
  ): Promise<Outcome> {
    const { keys } = issuer
    const { loads } = keys
    const key = await this.#signatures.check(token, head, issuer, found)
    if ('code' in key) {
      if (key === outcome.WRONG_SIGNATURE)
        this.#denied.set(signature, { token, used: false, keys, loads, untilMs: Date.now() + DENIED_MS })
      return key
    }
    // The claims read before the check are those that were signed: both come from this one string.
    const caller = toPrincipal(issuer.rules.issuer, head.claims, issuer.scopeClaim)
    if ('code' in caller) return caller
    const verified = new VerifiedToken(token, caller, times, key, Date.now() + this.#maxAgeMs)
    this.#verified.set(signature, verified)
    return verified
  }

  #count(result: Outcome): Outcome {
    this.#results.add('code' in result ? result.code : 'ok')
    return result
  }
}

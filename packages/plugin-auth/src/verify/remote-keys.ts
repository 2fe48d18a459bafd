import type { Logger } from '@postern/core'
import type { LoadCounts } from '../counts/auth-counts.ts'
import type { Authorities } from '../http/authorities.ts'
import { isUnprotected } from '../http/unprotected.ts'
import type { Rejection } from '../rejection.ts'
import type { KeyRecord } from './jwk.ts'
import { KeySet } from './key-set.ts'
import type { KeyAnswer, KeySource, KeyState } from './key-source.ts'
import { type KeyOrigin, loadKeys } from './load-keys.ts'
import { UNKNOWN_KEY } from './outcome.ts'

/** How keys are kept; see `JwksOptions`. */
export interface KeySettings {
  readonly refreshMs: number
  readonly staleMs: number
  readonly cooldownMs: number
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly ca?: Authorities | undefined
}

const FIRST_BACKOFF_MS = 1_000
const LONGEST_BACKOFF_MS = 60_000
// Shorter than core's deadline for a guard, so that a stalled endpoint answers with a code that says so.
const LONGEST_WAIT_MS = 2_000

/**
 * The keys that one issuer publishes, kept fresh in the background. jose's own remote key set fails every request once its cache is
 * old and the endpoint is down; this one goes on with the last good keys, and asks again by itself.
 */
export class RemoteKeys implements KeySource {
  logger: Logger
  loads = 0
  usableUntilMs = 0

  readonly #origin: KeyOrigin
  readonly #settings: KeySettings
  readonly #abort = new AbortController()
  #set: KeySet | undefined
  #failures = 0
  #readMs: number | undefined
  readonly #counts: LoadCounts
  #failure = 'they were not fetched yet'
  // On the clock of performance.now(): setting the wall clock back must not stop fetches.
  #refetchedMs = Number.NEGATIVE_INFINITY
  #nextAttemptMs = 0
  #timer: NodeJS.Timeout | undefined
  /** Settles when the running fetch does, or when waiting for it is no longer worth it. */
  #wait: Promise<void> | undefined
  #running = false

  constructor(origin: KeyOrigin, settings: KeySettings, counts: LoadCounts, logger: Logger) {
    this.#counts = counts
    this.#origin = origin
    this.#settings = settings
    this.logger = logger
    if (isUnprotected(origin.jwksUrl ?? origin.issuer)) {
      const warning = 'Keys are fetched over plain http; whoever can change them on the way can forge tokens'
      logger.warn({ issuer: origin.issuer }, warning)
    }
    this.#fetch()
  }

  find(alg: string, kid: string | undefined): KeyAnswer | Promise<KeyAnswer> {
    const known = this.#select(alg, kid)
    if (known.length > 0) return known
    const fetching = this.refetch()
    if (!fetching) return this.#missing()
    return fetching.then(() => {
      const found = this.#select(alg, kid)
      return found.length > 0 ? found : this.#missing()
    })
  }

  /**
   * Fetches the keys because a token needs one that is not there: joins a running fetch, keeps the cooldown between two
   * such fetches, and stays out of the way of the back-off. Otherwise any client could make the gateway hammer the issuer.
   * @returns `undefined` when nothing new can be expected now.
   */
  refetch(): Promise<void> | undefined {
    if (this.#running) return this.#wait
    if (this.#failures > 0 || this.#abort.signal.aborted) return undefined
    if (performance.now() - this.#refetchedMs < this.#settings.cooldownMs) return undefined
    this.#refetchedMs = performance.now()
    this.#fetch()
    return this.#wait
  }

  ready(): true | string {
    if (Date.now() < this.usableUntilMs && this.#set && this.#set.keys.size > 0) return true
    return `The keys of issuer "${this.#origin.issuer}" cannot be used: ${this.#failure}.`
  }

  state(): KeyState {
    return {
      keys: this.#set?.keys.size ?? 0,
      usableUntilMs: this.usableUntilMs,
      readMs: this.#readMs,
      loads: this.#counts.loaded,
      failedLoads: this.#counts.failed,
      failures: this.#failures,
    }
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#abort.abort()
  }

  #select(alg: string, kid: string | undefined): readonly KeyRecord[] {
    return this.#set && Date.now() < this.usableUntilMs ? this.#set.select(alg, kid) : []
  }

  /** "Unknown" only on the word of an issuer that answers; a key that could not be asked for is "unavailable". */
  #missing(): Rejection {
    if (this.ready() === true && this.#failures === 0 && !this.#running) return UNKNOWN_KEY
    return {
      code: 'GW_AUTH_KEYS_UNAVAILABLE',
      message: `A key of issuer "${this.#origin.issuer}" is needed, but keys cannot be fetched: ${this.#failure}.`,
      retryAfterMs: this.#nextAttemptMs - performance.now(),
    }
  }

  #fetch(): void {
    clearTimeout(this.#timer)
    this.#running = true
    const { ca, timeoutMs, maxBytes } = this.#settings
    const fetching = loadKeys(this.#origin, { ca, timeoutMs, maxBytes, signal: this.#abort.signal })
      .then((document) => this.#accept(KeySet.from(document, this.#set)))
      .catch((error: unknown) => this.#fail((error as Error).message))
      .finally(() => {
        this.#running = false
        this.#wait = undefined
      })
    this.#wait = new Promise((resolve) => {
      const patience = setTimeout(() => {
        this.#wait = undefined
        resolve()
      }, LONGEST_WAIT_MS).unref()
      void fetching.then(() => {
        clearTimeout(patience)
        resolve()
      })
    })
  }

  #accept(set: KeySet): void {
    const before = this.#set
    this.#set = set
    this.loads += 1
    this.#counts.loaded++
    this.#readMs = Date.now()
    this.usableUntilMs = Date.now() + this.#settings.refreshMs + this.#settings.staleMs
    const changed =
      !before || before.keys.size !== set.keys.size || [...before.keys.keys()].some((id) => !set.keys.has(id))
    const fields = { issuer: this.#origin.issuer, keys: set.keys.size, ignored: set.ignored }
    if (set.keys.size === 0) {
      this.#failure = 'the issuer publishes no key that can be used'
      this.logger.error(fields, 'The key set holds no usable key; every token of this issuer is refused')
    } else if (changed || this.#failures > 0) {
      this.logger.info(fields, 'Keys fetched')
    }
    this.#failures = 0
    // Ahead of time, and not in step with other gateways that started together.
    this.#schedule(this.#settings.refreshMs * (0.8 + Math.random() * 0.15))
  }

  #fail(reason: string): void {
    if (this.#abort.signal.aborted) return
    this.#failure = reason
    const longest = Math.min(LONGEST_BACKOFF_MS, this.#settings.refreshMs)
    const backoff = Math.min(longest, FIRST_BACKOFF_MS * 2 ** Math.min(this.#failures, 16))
    this.#failures += 1
    this.#counts.failed++
    this.#schedule(backoff * (0.5 + Math.random() * 0.5))
    const usable = Date.now() < this.usableUntilMs
    const fields = { issuer: this.#origin.issuer, reason, attempt: this.#failures }
    if (usable) {
      const until = new Date(this.usableUntilMs).toISOString()
      this.logger.warn({ ...fields, until }, 'Keys could not be fetched; the last good ones go on')
    } else {
      this.logger.error(fields, 'Keys could not be fetched; tokens of this issuer cannot be checked')
    }
  }

  #schedule(delayMs: number): void {
    this.#nextAttemptMs = performance.now() + delayMs
    if (this.#abort.signal.aborted) return
    this.#timer = setTimeout(() => this.#fetch(), delayMs).unref()
  }
}

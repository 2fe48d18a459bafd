import type { Attempt, Exchange } from '@postern/core'
import type { RetryOptions } from '../options/retry-options.ts'
import type { RetryBudget } from './budget.ts'
import { retriedOn } from './conditions.ts'
import { retryAfterMs } from './retry-after.ts'

/** What is waited for at most on a route without a total time. */
const MAX_WAIT_MS = 10_000
const DEFAULT_BACKOFF_MS = 25
const DEFAULT_MAX_BACKOFF_MS = 250

/** Where chance and time come from; tests bring their own. */
export interface RetrySources {
  /** Gives numbers from 0 up to, not including, 1. */
  readonly random: () => number
  /** The clock of `exchange.startedMs`. */
  readonly nowMs: () => number
}

const SOURCES: RetrySources = { random: () => Math.random(), nowMs: () => performance.now() }

/** Decides about another attempt, as a route's options say. Core has asked before whether one is possible at all. */
export class RetryPolicy {
  readonly #isRetried: (exchange: Exchange, attempt: Attempt) => boolean
  readonly #backoffMs: number
  readonly #maxBackoffMs: number
  readonly #honorsRetryAfter: boolean
  readonly #random: () => number
  readonly #nowMs: () => number

  constructor(options: RetryOptions, { random, nowMs }: RetrySources = SOURCES) {
    this.#isRetried = retriedOn(options)
    this.#backoffMs = options.backoffMs ?? DEFAULT_BACKOFF_MS
    this.#maxBackoffMs = options.maxBackoffMs ?? DEFAULT_MAX_BACKOFF_MS
    this.#honorsRetryAfter = options.honorRetryAfter ?? true
    this.#random = random
    this.#nowMs = nowMs
  }

  /** How long to wait before another attempt, in milliseconds; `undefined` for none. */
  delayMs(exchange: Exchange, budget: RetryBudget): number | undefined {
    const { attempt } = exchange
    if (attempt === null || !this.#isRetried(exchange, attempt)) return undefined
    const askedMs =
      this.#honorsRetryAfter && attempt.error === null ? retryAfterMs(exchange.responseHeaders) : 0
    // Behind what was asked for, or all who were told the same would come back at once.
    const delayMs = askedMs + this.#backoff(attempt.number)
    const nowMs = this.#nowMs()
    if (delayMs >= leftMs(exchange, nowMs)) return undefined
    return budget.take(nowMs) ? delayMs : undefined
  }

  /** Exponential, with full jitter: clients that failed together do not come back together. */
  #backoff(attempts: number): number {
    return this.#random() * Math.min(this.#maxBackoffMs, this.#backoffMs * 2 ** (attempts - 1))
  }
}

function leftMs({ route, startedMs }: Exchange, nowMs: number): number {
  const totalMs = route?.timeouts.totalMs ?? 0
  return totalMs > 0 ? startedMs + totalMs - nowMs : MAX_WAIT_MS
}

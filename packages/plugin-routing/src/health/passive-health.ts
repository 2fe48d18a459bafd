import type { Attempt, Exchange } from '@postern/core'
import { FailedAnswers } from '../failures/failed-answers.ts'
import { FailureWindow } from '../failures/failure-window.ts'
import type { PassiveHealthOptions } from '../options/health-options.ts'
import type { EndpointHealth } from './endpoint-health.ts'
import { type Outcome, outcomeOf } from './outcome.ts'

const DEFAULT_CONSECUTIVE_FAILURES = 5
const DEFAULT_MAX_EJECT_MS = 300_000
/** Timers of Node may be so much early, and with them the hedge. */
const TIMER_EARLY_MS = 1

/** What an attempt changed. */
export type HealthChange = 'ejected' | 'returned' | undefined

/**
 * Learns from exchanges. An endpoint that fails is ejected: passed over for a time that grows with each ejection in a row. Then
 * one exchange is let through, and its end says whether the endpoint comes back or goes for longer.
 */
export class PassiveHealth {
  readonly #options: PassiveHealthOptions
  readonly #consecutiveFailures: number
  readonly #failures: FailedAnswers
  readonly #ejectMs: number
  readonly #maxEjectMs: number
  readonly #nowMs: () => number

  /**
   * @param ejectMs how long the first ejection lasts; 0 for no ejections.
   * @param nowMs the clock of `attempt.endedMs`.
   */
  constructor(options: PassiveHealthOptions, ejectMs: number, nowMs: () => number) {
    this.#options = options
    this.#consecutiveFailures = options.consecutiveFailures ?? DEFAULT_CONSECUTIVE_FAILURES
    this.#failures = new FailedAnswers(options)
    this.#ejectMs = ejectMs
    this.#maxEjectMs = Math.max(ejectMs, options.maxEjectMs ?? DEFAULT_MAX_EJECT_MS)
    this.#nowMs = nowMs
  }

  /** Whether it ejects at all. */
  get isOn(): boolean {
    return this.#ejectMs > 0
  }

  /**
   * Whether the exchange is to be let through to an ejected endpoint, to see how it is; if so, it counts as under way. One
   * whose end is never told holds up the next for no longer than `ejectMs`.
   */
  takesProbe(health: EndpointHealth, exchange: Exchange, nowMs: number): boolean {
    if (health.ejectedUntilMs === 0 || nowMs < health.ejectedUntilMs) return false
    health.probe = exchange
    health.ejectedUntilMs = nowMs + this.#ejectMs
    return true
  }

  /**
   * Brings an endpoint back whose probe was answered and is a stream that outlasts `ejectMs`: many never end.
   * @returns whether it is back.
   */
  returnsByStream(health: EndpointHealth, nowMs: number): boolean {
    if (health.probe === null || nowMs < health.ejectedUntilMs) return false
    const { attempt } = health.probe
    if (attempt === null || attempt.headersMs === 0 || attempt.endedMs > 0) return false
    if (outcomeOf(health.probe, attempt, this.#failures) !== 'success') return false
    this.#return(health)
    return true
  }

  /**
   * Learns from the attempt of an exchange that is over.
   * @param mayEject whether one more endpoint may be ejected.
   * @param slowMs from which time on an attempt without a head is slow; 0 for never.
   */
  attemptEnded(
    health: EndpointHealth,
    exchange: Exchange,
    mayEject: () => boolean,
    slowMs: number,
  ): HealthChange {
    const { attempt } = exchange
    if (attempt === null) return undefined
    const outcome = this.#wasSlow(attempt, slowMs) ? 'failure' : outcomeOf(exchange, attempt, this.#failures)
    const failed = outcome === 'failure' || outcome === 'unreachable'
    if (health.probe === exchange) return this.#probeEnded(health, outcome, failed)
    if (outcome === 'unknown') return undefined
    const tooMany = this.#countsTooMany(health, attempt, failed)
    if (!failed) {
      health.consecutiveFailures = 0
      return undefined
    }
    health.consecutiveFailures++
    // What ran when it was ejected says nothing new.
    if (health.ejectedUntilMs > 0) return undefined
    if (outcome !== 'unreachable' && !tooMany && !this.#isOneTooMany(health)) return undefined
    return mayEject() ? this.#eject(health) : undefined
  }

  /** Whether another attempt was quicker, after this one had the time that the route gives. One that came late had less. */
  #wasSlow({ error, startedMs, endedMs }: Attempt, slowMs: number): boolean {
    if (!this.#options.outpaced || slowMs === 0) return false
    return error?.code === 'GW_UPSTREAM_OUTPACED' && endedMs - startedMs >= slowMs - TIMER_EARLY_MS
  }

  #probeEnded(health: EndpointHealth, outcome: Outcome, failed: boolean): HealthChange {
    health.probe = null
    if (failed) {
      health.consecutiveFailures++
      return this.#eject(health)
    }
    if (outcome === 'unknown') {
      // The next exchange is let through in its place.
      health.ejectedUntilMs = this.#nowMs()
      return undefined
    }
    return this.#return(health)
  }

  #return(health: EndpointHealth): HealthChange {
    health.probe = null
    health.ejectedUntilMs = 0
    health.consecutiveFailures = 0
    health.returnedMs = this.#nowMs()
    return 'returned'
  }

  #eject(health: EndpointHealth): HealthChange {
    const nowMs = this.#nowMs()
    // Each `ejectMs` in health takes one off; after a probe that failed there was none.
    const forgiven = health.ejectedUntilMs > 0 ? 0 : Math.floor((nowMs - health.returnedMs) / this.#ejectMs)
    health.ejections = Math.max(0, health.ejections - forgiven) + 1
    health.ejectedUntilMs = nowMs + Math.min(this.#maxEjectMs, this.#ejectMs * health.ejections)
    health.window?.clear()
    return 'ejected'
  }

  #isOneTooMany({ consecutiveFailures }: EndpointHealth): boolean {
    return this.#consecutiveFailures > 0 && consecutiveFailures >= this.#consecutiveFailures
  }

  #countsTooMany(health: EndpointHealth, { endedMs }: Attempt, failed: boolean): boolean {
    const rate = this.#options.failureRate
    if (!rate) return false
    health.window = FailureWindow.for(rate, health.window)
    health.window.count(endedMs, failed)
    return failed && health.window.exceeds(rate, endedMs)
  }
}

import { type Attempt, type Exchange, GatewayError, type Logger } from '@postern/core'
import { FailedAnswers } from '../failures/failed-answers.ts'
import { isGrpcCall } from '../failures/grpc-status-of.ts'
import type { BreakerOptions } from '../options/breaker-options.ts'
import { PLUGIN_NAME } from '../problems.ts'
import './errors.ts'
import { FailureCount } from './failure-count.ts'
import { outcomeOf } from './outcome.ts'
import { Trial } from './trial.ts'

const DEFAULT_OPEN_MS = 10_000

/** What a breaker does with attempts: lets them through, refuses them, or lets some through to find out. */
export type BreakerPhase = 'closed' | 'open' | 'half-open'

/** A breaker as plain data. */
export interface BreakerState {
  /** What the next attempt meets. */
  readonly state: BreakerPhase
  /** How much longer it stays open, in milliseconds; 0 when it is not. */
  readonly openForMs: number
  /** Failed attempts: of the window, or without `failureRate` those in a row. */
  readonly failures: number
  /** How often it opened, also again from half-open, since a gateway with it was started. */
  readonly opened: number
  /** How many attempts it refused since then. */
  readonly refused: number
}

/**
 * The breaker of a service or route. While it is closed it costs a comparison before an attempt and a count after it: no clock
 * is read, no object made.
 */
export class Breaker {
  readonly #named: string
  readonly #nowMs: () => number
  #options: BreakerOptions = {}
  #failures = new FailedAnswers({})
  #logger: Logger | null = null
  readonly #count = new FailureCount()
  readonly #trial = new Trial()
  #phase: BreakerPhase = 'closed'
  /** Since when it is in this phase; half-open, also when a place was added. */
  #sinceMs = 0
  #opened = 0
  #refused = 0

  /**
   * @param named whose it is, in words: `service "orders"`.
   * @param nowMs the clock of attempts; tests bring their own.
   */
  constructor(named: string, nowMs: () => number = () => performance.now()) {
    this.#named = named
    this.#nowMs = nowMs
  }

  /** Takes other options; its state stays, and what was counted, unless the window is another. */
  configure(options: BreakerOptions, logger: Logger): void {
    this.#options = options
    this.#failures = new FailedAnswers(options)
    this.#logger = logger
    this.#count.configure(options)
  }

  /** Whether an attempt may go now. `take` must follow at once when it does. */
  admits(): boolean {
    if (this.#phase === 'closed') return true
    const nowMs = this.#nowMs()
    const isDue = nowMs - this.#sinceMs >= this.#openMs
    if (this.#phase === 'open') {
      if (!isDue) return false
      this.#halfOpen(nowMs)
    }
    if (this.#trial.isFree) return true
    if (!isDue) return false
    this.#trial.extend()
    this.#sinceMs = nowMs
    return true
  }

  /** Counts an attempt in that was admitted. */
  take(exchange: Exchange): void {
    if (this.#phase === 'half-open') this.#trial.take(exchange)
  }

  /** Gives the place back of an exchange that is over, if it has one still. */
  release(exchange: Exchange): void {
    this.#trial.release(exchange)
  }

  /** Whether it is closed: else nothing is sent twice. */
  get isClosed(): boolean {
    return this.#phase === 'closed'
  }

  /** Whether the answer is judged when it has ended: the status of a gRPC call comes last. */
  judgesAtEnd(exchange: Exchange): boolean {
    return this.#failures.readsGrpc && isGrpcCall(exchange)
  }

  /** Learns from an attempt that was answered or ended. */
  record(exchange: Exchange, attempt: Attempt): void {
    const outcome = outcomeOf(exchange, attempt, this.#failures)
    const atMs = attempt.endedMs || attempt.headersMs
    if (this.#phase === 'half-open') {
      // Without a place it was sent before the breaker opened, and says nothing about now.
      if (!this.#trial.release(exchange) || outcome === 'nothing') return
      if (outcome === 'failure') this.#open(atMs)
      else if (this.#trial.succeed(this.#needed)) this.#close(atMs)
    } else if (this.#phase === 'closed' && outcome !== 'nothing' && attempt.startedMs >= this.#sinceMs) {
      this.#countIn(atMs, outcome === 'failure')
    }
  }

  /** Whether another attempt may follow one whose answer may not be recorded yet. */
  allowsAfter(exchange: Exchange, attempt: Attempt): boolean {
    const isRecorded = attempt.endedMs > 0
    const failed = !isRecorded && outcomeOf(exchange, attempt, this.#failures) === 'failure'
    if (this.#phase === 'closed')
      return !(failed && attempt.startedMs >= this.#sinceMs && this.#count.isTooMuch(attempt.headersMs, 1))
    return failed && this.#trial.has(exchange) ? false : this.admits()
  }

  /** Counts an attempt that is not admitted, and gives what it fails with. */
  refuse(): GatewayError {
    this.#refused++
    const leftMs = this.#sinceMs + this.#openMs - this.#nowMs()
    return new GatewayError('GW_UPSTREAM_CIRCUIT_OPEN', {
      plugin: PLUGIN_NAME,
      message: `The circuit breaker of ${this.#named} is ${this.#phase}`,
      headers: ['retry-after', String(Math.max(1, Math.ceil(leftMs / 1_000)))],
    })
  }

  /** What it knows now. */
  state(): BreakerState {
    const nowMs = this.#nowMs()
    const openForMs = this.#phase === 'open' ? Math.max(0, this.#sinceMs + this.#openMs - nowMs) : 0
    return {
      state: this.#phase === 'open' && openForMs === 0 ? 'half-open' : this.#phase,
      openForMs,
      failures: this.#count.failures(nowMs),
      opened: this.#opened,
      refused: this.#refused,
    }
  }

  /** Nothing to end: it outlives reloads as it is. */
  close(): void {}

  get #openMs(): number {
    return this.#options.openMs ?? DEFAULT_OPEN_MS
  }

  get #needed(): number {
    return this.#options.halfOpenRequests ?? 1
  }

  #countIn(atMs: number, failed: boolean): void {
    this.#count.add(atMs, failed)
    if (!failed || !this.#count.isTooMuch(atMs)) return
    const { failures } = this.state()
    this.#open(atMs)
    this.#logger?.warn(
      { breaker: this.#named, failures, openMs: this.#openMs },
      `The circuit breaker of ${this.#named} opened`,
    )
  }

  #open(atMs: number): void {
    this.#opened++
    this.#enter('open', atMs)
    this.#trial.begin(0)
  }

  #halfOpen(nowMs: number): void {
    this.#enter('half-open', nowMs)
    this.#trial.begin(this.#needed)
  }

  #close(atMs: number): void {
    this.#enter('closed', atMs)
    this.#trial.begin(0)
    this.#logger?.info({ breaker: this.#named }, `The circuit breaker of ${this.#named} closed`)
  }

  #enter(phase: BreakerPhase, sinceMs: number): void {
    this.#phase = phase
    this.#sinceMs = sinceMs
    this.#count.clear()
  }
}

import { GatewayError } from '../errors.ts'
import type { Attempt } from '../exchange.ts'
import type { LiveExchange } from '../live-exchange.ts'
import type { ResolvedTimeouts } from '../options.ts'
import type { Endpoint } from '../route.ts'
import type { EgressControl, Flow, Receiver, Sink } from '../seams.ts'
import { attemptTimer, type AttemptPhase, type TimedAttempt } from './attempt-timer.ts'
import { mapUpstreamError } from './map-error.ts'
import { MeteredBody } from './request-body.ts'

/** What happens with a response head, before the sink gets it. */
export type OnHead = (exchange: LiveExchange, sink: Sink, reason: string) => void

/**
 * One attempt while it runs: receives from an egress, gives to the sink, keeps the times, and ends exactly once. It
 * never throws into the egress: whatever fails ends the attempt.
 */
export class UpstreamAttempt implements Attempt, Receiver, Flow, TimedAttempt {
  readonly number: number
  readonly endpoint: Endpoint | null
  readonly startedMs = performance.now()
  connectedMs = 0
  headersMs = 0
  endedMs = 0
  status = 0
  error: GatewayError | null = null
  phase: AttemptPhase = 'connect'
  phaseMs: number
  activeMs: number
  timer: NodeJS.Timeout | undefined
  timerMs = 0
  readonly timeouts: ResolvedTimeouts
  /** When the whole exchange must be over; 0 for never. */
  readonly deadlineMs: number
  readonly #exchange: LiveExchange
  readonly #sink: Sink
  readonly #onHead: OnHead
  #control: EgressControl | null = null
  #settle: (() => void) | null = null

  constructor(exchange: LiveExchange, sink: Sink, endpoint: Endpoint | null, number: number, timeouts: ResolvedTimeouts, onHead: OnHead) {
    this.#exchange = exchange
    this.#sink = sink
    this.endpoint = endpoint
    this.number = number
    this.timeouts = timeouts
    this.deadlineMs = timeouts.totalMs > 0 ? exchange.startedMs + timeouts.totalMs : 0
    this.#onHead = onHead
    this.phaseMs = this.activeMs = this.startedMs
  }

  /** Sends it; resolves when it has ended, well or not: `error` tells. */
  run(target: string): Promise<void> {
    const exchange = this.#exchange
    return new Promise((settle) => {
      this.#settle = settle
      attemptTimer.start(this)
      exchange.egress.send(
        { endpoint: this.endpoint, method: exchange.method, target, headers: exchange.upstreamRequestHeaders, body: exchange.body },
        this,
      )
    })
  }

  onConnected(control: EgressControl): void {
    this.#control = control
    if (this.phase === 'done') {
      control.abort(this.error ?? new GatewayError('GW_CLIENT_ABORTED'))
      return
    }
    this.connectedMs = performance.now()
    this.#enter(this.#exchange.body === null ? 'headers' : 'send', this.connectedMs)
  }

  onRequestSent(): void {
    if (this.phase === 'send') this.#enter('headers', performance.now())
  }

  onHead(status: number, reason: string, headers: string[]): void {
    if (this.phase === 'done') return
    this.headersMs = performance.now()
    this.#enter('body', this.headersMs)
    this.status = this.#exchange.status = status
    this.#exchange.responseHeaders = headers
    try {
      this.#onHead(this.#exchange, this.#sink, reason)
    } catch (thrown) {
      this.cancel(mapUpstreamError(thrown, this.#where(), false))
    }
  }

  onData(chunk: Uint8Array): void {
    if (this.phase === 'done') return
    this.#exchange.responseBytes += chunk.length
    this.touch()
    if (this.#sink.write(chunk)) return
    this.#sink.flow = this
    this.#control?.pause()
  }

  onEnd(trailers: readonly string[]): void {
    if (this.phase === 'done') return
    this.#sink.end(trailers)
    this.#end()
  }

  onFailure(error: unknown): void {
    if (this.phase === 'done') return
    this.error = mapUpstreamError(error, this.#where(), this.headersMs > 0)
    this.#end()
  }

  /** Ends it from this side: the client went away, a time ran out, a hook failed. */
  cancel(error: GatewayError): void {
    if (this.phase === 'done') return
    this.error = error
    // Ended first: aborting calls back into `onFailure` with the same error.
    this.#end()
    this.#control?.abort(error)
    const body = this.#exchange.body
    if (body instanceof MeteredBody) body.destroy()
  }

  /** Something moved: the idle time starts again. */
  touch(): void {
    this.activeMs = performance.now()
  }

  /** The sink drained. */
  resume(): void {
    if (this.phase === 'done') return
    this.touch()
    this.#control?.resume()
  }

  /** Whether the upload is what everybody waits for: then a stall is the client's fault. */
  get awaitsClient(): boolean {
    const { body } = this.#exchange
    return body instanceof MeteredBody && body.starved
  }

  /** Whether the client is what the response waits for. */
  get blockedByClient(): boolean {
    return this.#sink.flow !== null
  }

  #enter(phase: AttemptPhase, nowMs: number): void {
    this.phase = phase
    this.phaseMs = this.activeMs = nowMs
    attemptTimer.entered(this)
  }

  #end(): void {
    this.phase = 'done'
    this.endedMs = performance.now()
    attemptTimer.stop(this)
    this.#settle?.()
    this.#settle = null
  }

  #where(): string {
    return this.endpoint?.origin ?? 'the host'
  }
}

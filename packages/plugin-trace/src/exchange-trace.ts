import { type Exchange, removeHeader, setHeader } from '@postern/core'
import type { TraceContext } from '@postern/core/contracts'
import type { ExchangeSpans } from './exchange-spans.ts'
import { newSpanId, traceIdFor } from './ids.ts'
import type { IncomingContext } from './incoming.ts'
import type { LocalSpan, SpanSource } from './span-source.ts'
import { formatTraceparent } from './traceparent.ts'

/** All flags but `sampled`. */
const OTHER_FLAGS = 0xfe

/** What an exchange's trace needs to know of the plugin's options. */
export interface TraceSettings {
  /** Whether callers' context is continued. */
  readonly trust: boolean
  /** Share of new traces that are sampled, 0 to 1. */
  readonly sampleRatio: number
}

/**
 * One exchange's place in its trace: what the `traceContext` slot holds.
 *
 * Ids are settled when somebody first asks for one, and then for good. With an OpenTelemetry SDK that is when
 * the server span starts, dated back to the start of the exchange: so the span, the log line, the answer and
 * the upstream agree, and a route with trace `off`, of which nobody asks, has no span at all.
 */
export class ExchangeTrace implements TraceContext {
  /** What the caller said; the parent is `undefined` for a new trace. */
  readonly incoming: IncomingContext
  /** Time spent waiting for heads of upstream responses, all attempts together, in milliseconds. */
  upstreamMs = 0
  /** Spans of the SDK; `null` without one, or while no id was asked for. */
  spans: ExchangeSpans | null = null
  readonly #exchange: Exchange
  readonly #source: SpanSource
  readonly #settings: TraceSettings
  /** The span that was active in the process when the exchange began, where an SDK keeps one. */
  readonly #active: LocalSpan | undefined
  #settled = false
  #traceId = ''
  #spanId = ''
  #parentSpanId: string | undefined
  #flags = 0

  /** Begins the trace of an exchange; nothing is random and no span started yet. */
  constructor(exchange: Exchange, incoming: IncomingContext, source: SpanSource, settings: TraceSettings) {
    this.incoming = incoming
    this.#exchange = exchange
    this.#source = source
    this.#settings = settings
    this.#active = source.activeSpan(exchange)
  }

  /** 32 lower-case hex digits. */
  get traceId(): string {
    if (!this.#settled) this.#settle()
    return this.#traceId
  }

  /** The gateway's own span: 16 lower-case hex digits. */
  get spanId(): string {
    if (!this.#settled) this.#settle()
    return this.#spanId
  }

  /** The span that this one is a child of. */
  get parentSpanId(): string | undefined {
    if (!this.#settled) this.#settle()
    return this.#parentSpanId
  }

  /** The flags byte. */
  get flags(): number {
    if (!this.#settled) this.#settle()
    return this.#flags
  }

  /** `tracestate` as received. */
  get state(): string | undefined {
    return this.incoming.state
  }

  /** The context as plain data, for whoever writes it to a log. */
  toJSON(): TraceContext {
    const { traceId, spanId, parentSpanId, flags, state } = this
    return { traceId, spanId, parentSpanId, flags, state }
  }

  /**
   * Puts the context on the request of the next attempt. With an SDK it names the attempt's own client span,
   * so that what the upstream records hangs below the attempt that reached it.
   */
  sendUpstream(headers: string[]): void {
    const { traceId, incoming } = this
    const span = this.spans?.startAttempt(this.#exchange)
    const flags = span === undefined ? this.#flags : this.#withOtherBits(span.traceFlags)
    setHeader(headers, 'traceparent', formatTraceparent(traceId, span?.spanId ?? this.#spanId, flags))

    // Where the header says already what it should, it is left alone. A sampler of the SDK may want another.
    const state = span === undefined ? incoming.state : span.traceState?.serialize() || undefined
    if (state !== incoming.state || !incoming.stateStands) {
      if (state === undefined) removeHeader(headers, 'tracestate')
      else setHeader(headers, 'tracestate', state)
    }
    if (!this.#settings.trust) removeHeader(headers, 'baggage')
  }

  /** Counts the attempt that has ended, and ends its span. */
  attemptEnded(): void {
    const { attempt } = this.#exchange
    if (attempt === null) return
    this.upstreamMs += (attempt.headersMs > 0 ? attempt.headersMs : attempt.endedMs) - attempt.startedMs
    this.spans?.endAttempt(this.#exchange, attempt)
  }

  /**
   * Ends the server span. One that nobody asked for yet, as on a refused exchange, is recorded as a whole
   * now.
   */
  finished(): void {
    if (!this.#settled) this.#settle()
    this.spans?.end(this.#exchange)
  }

  #settle(): void {
    this.#settled = true
    const { parent } = this.incoming
    this.spans = this.#source.start(this.#exchange, this.incoming, this.#active)
    if (this.spans !== null) {
      const own = this.spans.context
      this.#traceId = own.traceId
      this.#spanId = own.spanId
      this.#parentSpanId = this.spans.parentSpanId
      this.#flags = this.#withOtherBits(own.traceFlags)
      return
    }
    this.#traceId = parent?.traceId ?? traceIdFor(this.#exchange.id)
    this.#spanId = newSpanId()
    this.#parentSpanId = parent?.spanId
    this.#flags = parent?.flags ?? (Math.random() < this.#settings.sampleRatio ? 1 : 0)
  }

  /**
   * The SDK decides about the sampled bit; the others are the caller's and go on, known to the SDK or not.
   */
  #withOtherBits(traceFlags: number): number {
    return traceFlags | ((this.incoming.parent?.flags ?? 0) & OTHER_FLAGS)
  }
}

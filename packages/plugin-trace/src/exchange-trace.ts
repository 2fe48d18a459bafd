import type { Exchange } from '@postern/core'
import type { TraceContext } from '@postern/core/contracts'
import type { ExchangeSpans } from './exchange-spans.ts'
import { newSpanId, traceIdFor } from './ids.ts'
import type { IncomingContext } from './propagation/incoming.ts'
import type { Propagator } from './propagation/propagator.ts'
import { FLAG_RANDOM, FLAG_SAMPLED } from './propagation/traceparent.ts'
import { isChosen } from './sampling.ts'
import type { LocalSpan, SpanSource } from './span-source.ts'

/** What the traces of one generation have in common. */
export interface TraceSettings {
  /** Reads and writes the context. */
  readonly propagator: Propagator
  /** Finds the SDK. */
  readonly source: SpanSource
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
  /** Span id that each attempt carried upstream, in order, comma separated; empty for none. */
  attemptSpanIds = ''
  /** Spans of the SDK; `null` without one, or while no id was asked for. */
  spans: ExchangeSpans | null = null
  readonly #exchange: Exchange
  readonly #settings: TraceSettings
  /** The span that was active in the process when the exchange began, where an SDK keeps one. */
  readonly #active: LocalSpan | undefined
  #settled = false
  #traceId = ''
  #spanId = ''
  #parentSpanId: string | undefined
  #flags = 0

  /** Begins the trace of an exchange; nothing is random and no span started yet. */
  constructor(exchange: Exchange, settings: TraceSettings) {
    this.incoming = settings.propagator.read(exchange)
    this.#exchange = exchange
    this.#settings = settings
    this.#active = settings.source.activeSpan(exchange)
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

  /** Whether the trace is recorded: the decision that goes upstream. */
  get sampled(): boolean {
    return (this.flags & FLAG_SAMPLED) !== 0
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
   * Puts the context on the request of the next attempt. It names the attempt's own span, so that what the upstream
   * records hangs below the attempt that reached it. In the callee seat it names the gateway's: the host continues that.
   */
  sendUpstream(): void {
    const exchange = this.#exchange
    const { traceId, spanId: ownId, incoming } = this
    const isCallee = exchange.seat === 'callee'
    const span = this.spans?.startAttempt(exchange)
    const spanId = span?.spanId ?? (isCallee ? ownId : newSpanId())
    if (!isCallee) this.attemptSpanIds += this.attemptSpanIds === '' ? spanId : `,${spanId}`
    this.#settings.propagator.write(exchange.upstreamRequestHeaders, incoming, {
      traceId,
      spanId,
      parentSpanId: isCallee ? this.#parentSpanId : ownId,
      flags: span === undefined ? this.#flags : this.#withOtherBits(span.traceFlags),
      state: span === undefined ? incoming.state : span.traceState?.serialize() || undefined,
    })
  }

  /** Ends the span of the attempt that has ended. */
  attemptEnded(): void {
    const { attempt } = this.#exchange
    if (attempt !== null) this.spans?.endAttempt(this.#exchange, attempt)
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
    const { id, isIdGiven } = this.#exchange
    const { parent, sampled } = this.incoming
    const { source, sampleRatio } = this.#settings
    const traceId = parent?.traceId ?? traceIdFor(id)
    const isSampled = sampled ?? isChosen(traceId, sampleRatio)
    this.spans = source.start(this.#exchange, this.incoming, isSampled, this.#active)
    if (this.spans !== null) {
      const own = this.spans.context
      this.#traceId = own.traceId
      this.#spanId = own.spanId
      this.#parentSpanId = this.spans.parentSpanId
      this.#flags = this.#withOtherBits(own.traceFlags)
      return
    }
    this.#traceId = traceId
    this.#spanId = newSpanId()
    this.#parentSpanId = parent?.spanId
    // Whether another's id is random only its maker knows, and says by the flag that goes on.
    const isRandom = parent === undefined && !(isIdGiven && traceId === id)
    const others = parent === undefined ? (isRandom ? FLAG_RANDOM : 0) : parent.flags & ~FLAG_SAMPLED
    this.#flags = others | (isSampled ? FLAG_SAMPLED : 0)
  }

  /**
   * The SDK decides about the sampled bit; the others are the caller's and go on, known to the SDK or not.
   */
  #withOtherBits(traceFlags: number): number {
    return traceFlags | ((this.incoming.parent?.flags ?? 0) & ~FLAG_SAMPLED)
  }
}

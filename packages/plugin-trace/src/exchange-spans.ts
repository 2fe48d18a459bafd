import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanStatus,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { Attempt, Exchange, Verdict } from '@postern/core'
import {
  attemptAttributes,
  attemptEndAttributes,
  errorType,
  exchangeEndAttributes,
  methodName,
  spanName,
  verdictAttributes,
} from './attributes.ts'

const VERDICT_EVENT = 'postern.verdict'
const FAILED: SpanStatus = Object.freeze({ code: SpanStatusCode.ERROR })

/** The spans of one exchange: a server span, and below it a client span for each attempt. */
export class ExchangeSpans {
  /** Context of the server span. */
  readonly context: SpanContext
  /** Span that the server span is a child of; `undefined` for a root. */
  readonly parentSpanId: string | undefined
  /** The server span. */
  readonly serverSpan: Span
  readonly #tracer: Tracer
  /** Whether an instrumentation of the host's server started the span, and ends it. */
  readonly #isAdopted: boolean
  readonly #inServer: Context
  readonly #name: string | null
  /** Of the newest attempt. */
  #client: Span | null = null
  /** How many verdicts are on the span. */
  #verdicts = 0
  /** Which attempt that is. */
  #number = 0
  /** Of attempts that run beside it; `null` without any. */
  #beside: Map<number, Span> | null = null

  /**
   * Made by `SpanSource.start`.
   * @param name what the span is called now; `null` for one that an instrumentation of the host started, and ends.
   */
  constructor(tracer: Tracer, server: Span, parentSpanId: string | undefined, name: string | null) {
    this.context = server.spanContext()
    this.parentSpanId = parentSpanId
    this.#tracer = tracer
    this.serverSpan = server
    this.#isAdopted = name === null
    this.#inServer = trace.setSpan(ROOT_CONTEXT, server)
    this.#name = name
  }

  /**
   * Starts the client span of the next attempt.
   * @returns its context; the server span's own in the callee seat, where the host's handler continues it.
   */
  startAttempt(exchange: Exchange): SpanContext {
    if (exchange.seat === 'callee') return this.context
    if (this.#client) {
      this.#beside ??= new Map()
      this.#beside.set(this.#number, this.#client)
    }
    this.#number++
    this.#client = this.#tracer.startSpan(
      methodName(exchange),
      { kind: SpanKind.CLIENT, startTime: performance.now(), attributes: attemptAttributes(exchange) },
      this.#inServer,
    )
    return this.#client.spanContext()
  }

  /** Ends the client span of the attempt that has ended. */
  endAttempt(exchange: Exchange, attempt: Attempt): void {
    const span = this.#take(attempt.number)
    if (span === null) return
    if (span.isRecording()) {
      span.setAttributes(attemptEndAttributes(exchange, attempt))
      if (attempt.error !== null || attempt.status >= 400) span.setStatus(FAILED)
    }
    span.end(attempt.endedMs)
  }

  #take(number: number): Span | null {
    if (number !== this.#number) {
      const span = this.#beside?.get(number) ?? null
      this.#beside?.delete(number)
      return span
    }
    const span = this.#client
    this.#client = null
    return span
  }

  /** The response head is about to go out: whoever ends an adopted span may do so before the exchange is over. */
  answered(exchange: Exchange): void {
    if (this.#isAdopted) this.#describe(exchange)
  }

  #describe(exchange: Exchange): void {
    const span = this.serverSpan
    if (!span.isRecording()) return
    // The span may have started before the route was known.
    const name = spanName(exchange)
    if (name !== this.#name) span.updateName(name)
    span.setAttributes(exchangeEndAttributes(exchange))
    while (this.#verdicts < exchange.verdicts.length) {
      const index = this.#verdicts++
      span.addEvent(
        VERDICT_EVENT,
        verdictAttributes(exchange.verdicts[index] as Verdict),
        exchange.verdictsMs[index],
      )
    }
    if (errorType(exchange) !== undefined) span.setStatus(FAILED)
  }

  /** Ends the server span, with what the whole exchange came to. */
  end(exchange: Exchange): void {
    this.#endUnsent(exchange)
    for (const span of this.#beside?.values() ?? []) span.end(exchange.finishedMs)
    this.#describe(exchange)
    const span = this.serverSpan
    if (!this.#isAdopted) span.end(exchange.finishedMs)
  }

  /** An attempt that was refused before it was sent, as by a full endpoint, has no end of its own. */
  #endUnsent({ error, finishedMs }: Exchange): void {
    const span = this.#client
    if (span === null) return
    this.#client = null
    if (error !== null) span.setAttribute('error.type', error.code)
    span.setStatus(FAILED)
    span.end(finishedMs)
  }
}

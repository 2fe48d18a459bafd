/** Where spans come from: an OpenTelemetry SDK, when the process has one. Without one no span is started. */

import {
  isSpanContextValid,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { Exchange } from '@postern/core'
import { exchangeAttributes, spanName } from './attributes.ts'
import { ExchangeSpans } from './exchange-spans.ts'
import type { IncomingContext } from './incoming.ts'
import { RelayedState } from './relayed-state.ts'
import { VERSION } from './version.ts'

/** How often a gateway without an SDK looks whether one has come, in milliseconds. */
const LOOK_EVERY_MS = 1_000
const SCOPE = '@postern/plugin-trace'

/** A span of this process, as the API describes it. */
export type LocalSpan = SpanContext

/** Starts the spans of exchanges while an SDK is there, and notices when one comes or goes. */
export class SpanSource {
  #tracer: Tracer | null = null
  #nextLookMs = 0

  /**
   * The span that is active in the process at this moment: the caller's in the caller seat, or that of a host
   * whose server is instrumented. Asked for before the first wait of an exchange; after one it may be
   * another's.
   */
  activeSpan(exchange: Exchange): LocalSpan | undefined {
    if (!this.#looks(exchange)) return undefined
    const span = trace.getActiveSpan()
    // What was active when a server began to listen stays active in its requests; it has long ended.
    if (span === undefined || (exchange.seat === 'hop' && !span.isRecording())) return undefined
    const context = span.spanContext()
    return isSpanContextValid(context) ? context : undefined
  }

  /**
   * Starts the server span of an exchange, dated back to its start; `null` without an SDK.
   * @param active what `activeSpan` gave when the exchange began.
   */
  start(exchange: Exchange, incoming: IncomingContext, active: LocalSpan | undefined): ExchangeSpans | null {
    if (!this.#looks(exchange)) return null
    const tracer = this.#tracer ?? trace.getTracer(SCOPE, VERSION)
    const remote = remoteContext(incoming)
    // A span of this process in the same trace is closer than the one that the headers name; of another
    // trace, not.
    const parent = active && (remote === undefined || remote.traceId === active.traceId) ? active : remote
    const context = parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT
    const name = spanName(exchange)
    const span = tracer.startSpan(
      name,
      { kind: SpanKind.SERVER, startTime: exchange.startedMs, attributes: exchangeAttributes(exchange) },
      context,
    )
    const own = span.spanContext()
    // Without an SDK the API gives back the parent, or a context of zeros; an SDK gives an id of its own,
    // also to a span that is not sampled. So the span itself tells, and no span has to be started only to
    // find out.
    if (!isSpanContextValid(own) || own.spanId === parent?.spanId) {
      this.#tracer = null
      this.#nextLookMs = exchange.startedMs + LOOK_EVERY_MS
      return null
    }
    this.#tracer = tracer
    return new ExchangeSpans(tracer, span, parent?.spanId, name)
  }

  #looks({ startedMs }: Exchange): boolean {
    return this.#tracer !== null || startedMs >= this.#nextLookMs
  }
}

function remoteContext({ parent, state }: IncomingContext): SpanContext | undefined {
  if (parent === undefined) return undefined
  const context = { traceId: parent.traceId, spanId: parent.spanId, traceFlags: parent.flags, isRemote: true }
  return state === undefined ? context : { ...context, traceState: new RelayedState(state) }
}

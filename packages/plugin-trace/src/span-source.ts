/** Where spans come from: an OpenTelemetry SDK, when the process has one. Without one no span is started. */

import {
  context,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { Exchange } from '@postern/core'
import { exchangeAttributes, spanName } from './attributes.ts'
import { aroundHost, suppressed } from './call-context.ts'
import { ExchangeSpans } from './exchange-spans.ts'
import type { IncomingContext } from './propagation/incoming.ts'
import { RelayedState } from './propagation/relayed-state.ts'
import type { ParentContext } from './propagation/traceparent.ts'
import { PLUGIN_NAME, VERSION } from './version.ts'

/** How often a gateway without an SDK looks whether one has come, in milliseconds. */
const LOOK_EVERY_MS = 1_000

/** A span of this process, and what SDKs tell of theirs beyond the API. */
export type LocalSpan = Span & {
  readonly kind?: SpanKind
  readonly parentSpanContext?: SpanContext
  readonly attributes?: Readonly<Record<string, unknown>>
}

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
    const span: LocalSpan | undefined = trace.getSpan(context.active())
    // What was active when a server began to listen stays active in its requests; it has long ended.
    if (span === undefined || (exchange.seat === 'hop' && !span.isRecording())) return undefined
    return isSpanContextValid(span.spanContext()) ? span : undefined
  }

  /**
   * Starts the span of an exchange, dated back to its start; `null` without an SDK.
   * @param isSampled what to tell the sampler about a caller who left the decision to us.
   * @param active what `activeSpan` gave when the exchange began.
   */
  start(
    exchange: Exchange,
    incoming: IncomingContext,
    isSampled: boolean,
    active: LocalSpan | undefined,
  ): ExchangeSpans | null {
    if (!this.#looks(exchange)) return null
    // A caller may say no more than that its trace is not to be recorded (B3): no sampler can be told that.
    if (incoming.parent === undefined && incoming.sampled === false) return null
    const tracer = this.#tracer ?? trace.getTracer(PLUGIN_NAME, VERSION)
    const isServed = exchange.seat !== 'caller' && exchange.seat !== 'fetch'
    if (isServed && active !== undefined && isServerSpan(active)) {
      this.#tracer = tracer
      active.setAttributes(exchangeAttributes(exchange))
      return this.#begin(exchange, new ExchangeSpans(tracer, active, active.parentSpanContext?.spanId, null))
    }
    const parent = parentOf(incoming, isSampled, active)
    const name = spanName(exchange)
    const span = tracer.startSpan(
      name,
      {
        // A call of this process, and a step below a span of its own, are no request to it: who counts those would count them, too.
        kind:
          exchange.seat === 'caller' || (active?.isRecording() && parent === active.spanContext())
            ? SpanKind.INTERNAL
            : SpanKind.SERVER,
        startTime: exchange.startedMs,
        attributes: exchangeAttributes(exchange),
        ...(incoming.linked === undefined ? undefined : { links: [linkTo(incoming.linked)] }),
      },
      parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent),
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
    return this.#begin(exchange, new ExchangeSpans(tracer, span, parent?.spanId, name))
  }

  #begin(exchange: Exchange, spans: ExchangeSpans): ExchangeSpans {
    exchange.aroundSend = exchange.seat === 'callee' ? aroundHost(spans.serverSpan) : suppressed
    return spans
  }

  #looks({ startedMs }: Exchange): boolean {
    return this.#tracer !== null || startedMs >= this.#nextLookMs
  }
}

/** Whether an instrumentation of http records this very exchange. */
function isServerSpan(span: LocalSpan): boolean {
  return (
    span.kind === SpanKind.SERVER &&
    span.isRecording() &&
    span.attributes?.['http.request.method'] !== undefined
  )
}

/** A span of this process in the same trace is closer than the one that the headers name; of another trace, not. */
function parentOf(
  incoming: IncomingContext,
  isSampled: boolean,
  active: LocalSpan | undefined,
): SpanContext | undefined {
  const remote = remoteContext(incoming, isSampled)
  const local = active?.spanContext()
  return local && (remote === undefined || remote.traceId === local.traceId) ? local : remote
}

function remoteContext({ parent, state }: IncomingContext, isSampled: boolean): SpanContext | undefined {
  if (parent === undefined) return undefined
  const remote = {
    traceId: parent.traceId,
    spanId: parent.spanId,
    traceFlags: (parent.flags & 0xfe) | (isSampled ? 1 : 0),
    isRemote: true,
  }
  return state === undefined ? remote : { ...remote, traceState: new RelayedState(state) }
}

function linkTo({ traceId, spanId, flags }: ParentContext): Link {
  return { context: { traceId, spanId, traceFlags: flags, isRemote: true } }
}

/** OpenTelemetry's active context while an attempt is sent. */
import { context, createContextKey, type Span, trace } from '@opentelemetry/api'

/** The key by which every SDK knows that nothing is to be recorded; symbols of the same text are the same. */
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/**
 * Sends where instrumentations of http and undici record nothing: the attempt has its span already, and a second
 * `traceparent` beside ours would make receivers start anew.
 */
export function suppressed(send: () => void): void {
  context.with(context.active().setValue(SUPPRESS_TRACING, true), send)
}

/** Runs the host's own handler below the exchange's span. */
export function aroundHost(span: Span): (send: () => void) => void {
  return (send) => context.with(trace.setSpan(context.active(), span), send)
}

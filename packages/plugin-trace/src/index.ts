/**
 * @postern/plugin-trace: W3C trace context on every hop, one access-log line per exchange, and OpenTelemetry
 * spans when an SDK is there.
 *
 * @module @postern/plugin-trace
 */

export type { ResolvedTraceOptions, TraceOptions } from './options.ts'
export { traceOptionsSchema } from './options.ts'
export { trace } from './trace-plugin.ts'

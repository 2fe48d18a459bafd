/** Trace context and access log beside an OpenTelemetry SDK that samples no trace. */
import { serve } from './serve.ts'
import { registerSdk, traceGateway, withLog } from './trace-gateway.ts'

registerSdk(0)
await serve((params) => traceGateway(params, withLog(params, 'trace-sdk-0')))

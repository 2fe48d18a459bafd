/** Trace context, and a line in the access log for each request. */
import { serve } from './serve.ts'
import { traceGateway, withLog } from './trace-gateway.ts'

await serve((params) => traceGateway(params, withLog(params, 'trace-log')))

/** plugin-trace as it is by default, with the access log in a file: figures and recent exchanges, too. */
import { serve } from './serve.ts'
import { traceGateway, withLog } from './trace-gateway.ts'

await serve((params) => traceGateway(params, { accessLog: withLog(params, 'trace-all').accessLog }))

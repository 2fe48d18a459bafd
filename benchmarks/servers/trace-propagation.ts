/** plugin-trace without log, figures and memory: trace context in and out. */
import { serve } from './serve.ts'
import { PROPAGATION, traceGateway } from './trace-gateway.ts'

await serve((params) => traceGateway(params, PROPAGATION))

/** plugin-routing without what can be switched off: no ejections, no breakers, nothing repeated but failed connects. */
import { routingGateway } from './routing-gateway.ts'
import { serve } from './serve.ts'

await serve((params) => routingGateway(params, { ejectMs: 0 }, {}))

/** Postern as it runs in production, with the defaults of its plugins. */
import { fullGateway } from './full-gateway.ts'
import { serve } from './serve.ts'

await serve((params) => fullGateway(params, 'postern-full.log'))

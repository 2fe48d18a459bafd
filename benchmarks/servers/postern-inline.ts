/** Postern as it runs in production; the main thread verifies every new token. */
import { fullGateway } from './full-gateway.ts'
import { serve } from './serve.ts'
import { tokenCache } from './token-cache.ts'

await serve((params) =>
  fullGateway(params, 'postern-inline.log', { cache: tokenCache(params), workers: { threads: 0 } }),
)

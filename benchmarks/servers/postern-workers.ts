/** Postern as it runs in production; a worker thread verifies every new token. */
import { fullGateway } from './full-gateway.ts'
import { serve } from './serve.ts'
import { tokenCache } from './token-cache.ts'

await serve((params) =>
  fullGateway(params, 'postern-workers.log', {
    cache: tokenCache(params),
    workers: { threads: 1, inline: 'never' },
  }),
)

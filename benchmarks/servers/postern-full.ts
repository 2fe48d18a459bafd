/** Postern as it runs in production: tokens verified, an access log line per request, a routing table. */
import { join } from 'node:path'
import { createGateway } from '@postern/core'
import { auth } from '@postern/plugin-auth'
import { routing } from '@postern/plugin-routing'
import { trace } from '@postern/plugin-trace'
import pino from 'pino'
import { HOST, ROUTES, TOKEN } from '../scenarios.ts'
import { posternUpstream } from './postern-upstream.ts'
import { serve, upstreamOf } from './serve.ts'

/** The access log, inside the folder of the run. */
const LOG_FILE = 'postern-full.log'

await serve(async (params) => {
  const { idp } = upstreamOf(params)
  // Buffered, then written at once: handing every 4 KiB to another thread costs more than the page cache takes.
  const logger = pino(pino.destination({ dest: join(params.folder, LOG_FILE), sync: true, minLength: 4096 }))
  const jwt = {
    issuer: idp.issuer,
    audience: TOKEN.audience,
    algorithms: [TOKEN.algorithm],
    jwksUrl: idp.jwksUrl,
  }
  const plugins = [
    trace(),
    auth({ jwt: [jwt] }),
    routing({ services: { api: { endpoints: [posternUpstream(params)] } }, routes: ROUTES }),
  ]
  const gateway = createGateway(plugins, { logger })
  const { port } = await gateway.listen({ host: HOST, port: 0 })
  return {
    url: `http://${HOST}:${port}`,
    close: async () => {
      await gateway.close({ graceMs: 1000 })
      await new Promise((resolve) => logger.flush(resolve))
    },
  }
})

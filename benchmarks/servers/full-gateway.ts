import { join } from 'node:path'
import { createGateway } from '@postern/core'
import { type AuthOptions, auth } from '@postern/plugin-auth'
import { routing } from '@postern/plugin-routing'
import { trace } from '@postern/plugin-trace'
import { HOST, ROUTES, TOKEN, tokensOf } from '../scenarios.ts'
import type { ServerParams } from './messages.ts'
import { posternUpstream } from './postern-upstream.ts'
import { type Running, scenarioOf, upstreamOf } from './serve.ts'

/**
 * Postern as it runs in production: tokens verified, an access log line per request, a routing table.
 * @param logFile name of the access log, inside the folder of the run
 */
export async function fullGateway(
  params: ServerParams,
  logFile: string,
  options: Pick<AuthOptions, 'cache' | 'workers'> = {},
): Promise<Running> {
  const { idp } = upstreamOf(params)
  const jwt = {
    issuer: idp.issuer,
    audience: TOKEN.audience,
    algorithms: [tokensOf(scenarioOf(params))?.algorithm ?? TOKEN.algorithm],
    jwksUrl: idp.jwksUrl,
  }
  const plugins = [
    // To a file of its own, as the plugin's README advises where there is much traffic.
    trace({ accessLog: { destination: join(params.folder, logFile) } }),
    auth({ jwt: [jwt], ...options }),
    routing({ services: { api: { endpoints: [posternUpstream(params)] } }, routes: ROUTES }),
  ]
  const gateway = createGateway(plugins, { logger: false })
  const { port } = await gateway.listen({ host: HOST, port: 0 })
  return {
    url: `http://${HOST}:${port}`,
    close: () => gateway.close({ graceMs: 1000 }),
  }
}

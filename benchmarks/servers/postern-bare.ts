/** Postern without a plugin: what the core costs. */
import { createGateway } from '@postern/core'
import { HOST } from '../scenarios.ts'
import { posternUpstream } from './postern-upstream.ts'
import { serve } from './serve.ts'

await serve(async (params) => {
  const gateway = createGateway([], { upstream: posternUpstream(params) })
  const { port } = await gateway.listen({ host: HOST, port: 0 })
  return { url: `http://${HOST}:${port}`, close: () => gateway.close({ graceMs: 1000 }) }
})

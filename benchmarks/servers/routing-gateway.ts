import { createGateway } from '@postern/core'
import { type RouteOptions, routing, type ServiceOptions } from '@postern/plugin-routing'
import { HOST, ROUTES } from '../scenarios.ts'
import type { ServerParams } from './messages.ts'
import { posternUpstream } from './postern-upstream.ts'

/** A gateway with plugin-routing and nothing else, its one service and its routes with these options. */
export async function routingGateway(
  params: ServerParams,
  service: ServiceOptions,
  route: Partial<RouteOptions>,
) {
  const services = { api: { ...service, endpoints: [posternUpstream(params)] } }
  const routes = ROUTES.map((one) => ({ ...one, ...route }))
  const gateway = createGateway([routing({ services, routes })])
  const { port } = await gateway.listen({ host: HOST, port: 0 })
  return { url: `http://${HOST}:${port}`, close: () => gateway.close({ graceMs: 1000 }) }
}

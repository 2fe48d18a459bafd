import { exchangeOf } from '@postern/core'
import { type Principal, principal } from '@postern/core/contracts'

/**
 * Who calls, for handlers of a host behind `gateway.middleware()`.
 *
 * @param request the host's request: of node:http and Express itself, of Fastify also the object around its `raw`.
 * @returns the verified caller; `undefined` on a public route, for an anonymous caller, where the plugin only observes, and
 *   for a request that did not come through the gateway. Nothing that a client sends can change it.
 * @example
 * app.use(gateway.middleware())
 * app.get('/orders', (request, response) => response.send(`Hello ${getPrincipal(request)?.id}`))
 */
export function getPrincipal(request: object): Principal | undefined {
  const exchange = exchangeOf(request) ?? exchangeOf(rawOf(request))
  return exchange?.get(principal)
}

function rawOf(request: { readonly raw?: unknown }): object {
  const { raw } = request
  return typeof raw === 'object' && raw !== null ? raw : request
}

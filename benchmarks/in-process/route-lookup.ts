import { createGateway, definePlugin, type Exchange, type PluginHost, type Route } from '@postern/core'
import { type RouteOptions, routing } from '@postern/plugin-routing'
import type { Calls, InProcessScenario } from './scenario.ts'

type PickRoute = (exchange: Exchange) => Route | undefined

/**
 * How many different requests are asked in turn, whatever the number of routes, so that every size has as many strings.
 * Thousands of them would measure the processor's caches: the traffic of an hour goes to few of ten thousand routes.
 */
const REQUESTS = 250

/** As many headers as `get-small` sends, with the one that some routes look at in the middle. */
const headersOf = (tenant: string): readonly string[] =>
  Object.entries({
    accept: 'application/json',
    'accept-encoding': 'gzip, br',
    'accept-language': 'en-GB,en;q=0.8',
    'cache-control': 'no-cache',
    'x-tenant': tenant,
    'user-agent': 'checkout/4.12.0',
    'x-request-id': '01JD7Q8Z3M9T4V6W2X5Y7A1BCD',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  }).flat()

/** A route of each kind, and a request that it takes. `number` tells the teams apart, `id` the requests. */
const kinds: readonly ((number: number, id: number) => { match: RouteOptions['match']; asked: Asked })[] = [
  (number, id) => ({ match: { path: `/team${number}` }, asked: { path: `/team${number}/orders/${id}` } }),
  (number) => ({ match: { exactPath: `/team${number}/status` }, asked: { path: `/team${number}/status` } }),
  (number, id) => ({
    match: { pathPattern: `/team${number}/{order}/lines/{line}`, method: 'GET' },
    asked: { path: `/team${number}/${id}/lines/3` },
  }),
  (number, id) => ({
    match: { host: `team${number}.internal`, path: '/api' },
    asked: { host: `team${number}.internal:8080`, path: `/api/orders/${id}` },
  }),
  (number, id) => ({
    match: { path: '/tenants', headers: { 'x-tenant': `tenant${number}` } },
    asked: { path: `/tenants/${id}`, tenant: `tenant${number}` },
  }),
]

interface Asked {
  readonly host?: string
  readonly path: string
  readonly tenant?: string
}

/** The route and the request of a place in the list. */
const at = (index: number, id = 0) => {
  const kind = kinds[index % kinds.length] as (typeof kinds)[number]
  return kind(Math.floor(index / kinds.length), id)
}

/** What the routing plugin does for each request, on tables of ten to ten thousand routes. */
export const routeLookup: InProcessScenario = {
  name: 'route-lookup',
  description: `pickRoute of plugin-routing: prefixes, whole paths, patterns, hosts and a header; ${REQUESTS} requests in turn`,
  per: 'lookup',
  sizes: [10, 100, 1_000, 10_000],
  async prepare(size): Promise<Calls> {
    const pickRoute = await pickRouteOf(
      Array.from({ length: size }, (_, index) => ({ id: `r${index}`, match: at(index).match, to: 'api' })),
    )
    const exchanges = Array.from({ length: REQUESTS }, (_, number) => {
      // Spread over the whole table, and in no order that a cache could like.
      const index = (number * 7_919) % size
      const exchange = exchangeOf(at(index, number).asked)
      const found = pickRoute(exchange)?.id
      if (found !== `r${index}`)
        throw new Error(
          `${exchange.authority}${exchange.path} found ${found} of ${size} routes, not r${index}`,
        )
      return exchange
    })
    return (count) => {
      let checksum = 0
      for (let call = 0; call < count; call++)
        checksum += pickRoute(exchanges[call % REQUESTS] as Exchange)?.id.length ?? 0
      return checksum
    }
  },
}

/** The function that the plugin taps on `pickRoute`, taken from a real gateway. */
async function pickRouteOf(routes: readonly RouteOptions[]): Promise<PickRoute> {
  const plugin = routing({ services: { api: { endpoints: ['http://127.0.0.1:4001'] } }, routes })
  const { definition } = plugin
  let taken: PickRoute | undefined
  const setup = (host: PluginHost, options: unknown) => {
    const { pickRoute } = host.hooks
    const tap = (fn: PickRoute) => {
      taken = fn
      pickRoute.tap(fn)
    }
    return definition.setup({ ...host, hooks: { ...host.hooks, pickRoute: { tap } } }, options)
  }
  await createGateway([definePlugin({ ...definition, setup })(plugin.options)], { logger: false }).close()
  if (!taken) throw new Error('the routing plugin does not tap pickRoute')
  return taken
}

/** What a lookup reads of an exchange, and what it writes. */
function exchangeOf({ host = 'gateway.internal', path, tenant = 'blue' }: Asked): Exchange {
  const read = {
    authority: host,
    path,
    method: 'GET',
    query: '?expand=lines',
    requestHeaders: headersOf(tenant),
  }
  return { ...read, set() {} } as unknown as Exchange
}

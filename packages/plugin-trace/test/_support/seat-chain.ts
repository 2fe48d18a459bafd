/** Services that call each other through all seats. */
import type { GatewayOptions } from '@postern/core'
import { type TraceOptions, trace } from '../../src/index.ts'
import { expressService, fastifyService, gatewayWith, pick, plainService } from './services.ts'

/** The trace of the client that calls. */
export const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
/** The client's own span. */
export const CALLER_SPAN = '00f067aa0ba902b7'
/** What the client sends. */
export const CLIENT = { traceparent: `00-${TRACE}-${CALLER_SPAN}-01` }

const W3C = ['traceparent', 'tracestate'] as const
const B3 = ['x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled'] as const

/** How the gateway of a service is made, beyond what carries its traces. */
export interface ChainParts {
  readonly options?: TraceOptions
  readonly gateway?: GatewayOptions
}

/**
 * client → hop → orders (Express, callee seat) → its caller seat → hop → [a service of B3] → stock (Fastify, callee seat) →
 * its caller seat → prices (Express, callee seat).
 */
export async function startServices(
  through: 'w3c' | 'b3',
  partsOf: (name: string) => ChainParts = () => ({}),
) {
  const propagation: TraceOptions['propagation'] =
    through === 'b3' ? { in: ['w3c', 'b3'], out: ['w3c', 'b3-multi'] } : undefined
  const made = (name: string, gateway: GatewayOptions = {}) => {
    const parts = partsOf(name)
    return gatewayWith([trace({ propagation, ...parts.options })], { ...gateway, ...parts.gateway })
  }
  const carried = through === 'b3' ? [...W3C, ...B3] : W3C
  const prices = made('prices')
  const pricesService = await expressService(prices.gateway, async () => 'ok')
  const stock = made('stock')
  const stockCalls = stock.gateway.dispatcher()
  const stockService = await fastifyService(stock.gateway, async (headers) => {
    const answer = await fetch(pricesService.url, by(stockCalls, pick(headers, ...carried)))
    return answer.text()
  })
  // It knows B3 only, as services of another age do.
  const relay = await plainService(async (headers) => {
    const answer = await fetch(stockService.url, { headers: pick(headers, ...(through === 'b3' ? B3 : W3C)) })
    return answer.text()
  })
  const inner = made('inner', { upstream: through === 'b3' ? relay.url : stockService.url })
  const innerAddress = await inner.gateway.listen({ port: 0 })
  const orders = made('orders')
  const ordersCalls = orders.gateway.dispatcher()
  const ordersService = await expressService(orders.gateway, async (headers) => {
    const answer = await fetch(innerAddress.url, by(ordersCalls, pick(headers, ...carried)))
    return answer.text()
  })
  const outer = made('outer', { upstream: ordersService.url })
  const outerAddress = await outer.gateway.listen({ port: 0 })
  const gateways = [outer, orders, inner, stock, prices]
  return {
    url: outerAddress.url,
    /** Of all gateways, outermost first. */
    lines: () => gateways.flatMap(({ lines }) => lines()),
    /** The same, by gateway: what each process would have written. */
    linesByGateway: () => gateways.map(({ lines }) => lines()),
    async [Symbol.asyncDispose]() {
      for (const { gateway } of gateways) await gateway.close({ graceMs: 100 })
      for (const service of [ordersService, relay, stockService, pricesService]) await service.stop()
    },
  }
}

/** The options of a call through a caller seat, which the types of `fetch` do not know. */
function by(dispatcher: object, sent: Record<string, string>): RequestInit {
  return { dispatcher, headers: sent } as RequestInit
}

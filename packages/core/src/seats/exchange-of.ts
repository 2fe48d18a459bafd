/**
 * Which exchange a host's request belongs to. Under a symbol that is not enumerable: nothing that a client sends, and no middleware
 * that copies fields, can put another one there. Not in a `WeakMap`, which changes with every request: decision 0010.
 */
import type { Exchange } from '../exchange.ts'

/** One for the whole process: a plugin may have another installed copy of core than the host. */
const EXCHANGE = Symbol.for('@postern/core/host-exchange')

/** The host gets this request now. */
export function handToHost(request: object, exchange: Exchange): void {
  Object.defineProperty(request, EXCHANGE, { value: exchange, configurable: true })
}

/**
 * The exchange of a request that came through `gateway.middleware()`, for the host's own handler: what plugins found out
 * stands in its slots.
 *
 * @param request the `IncomingMessage`, as a host hands it on: Express's request is one, Fastify's has it as `raw`.
 * @returns `undefined` for a request that did not pass the gateway.
 */
export function exchangeOf(request: object): Exchange | undefined {
  return (request as { readonly [EXCHANGE]?: Exchange })[EXCHANGE]
}

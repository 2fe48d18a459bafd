/**
 * Which exchange a host's request belongs to. Kept beside the request and not on it: nothing that a client sends, and no
 * middleware that copies fields, can put another one there.
 */
import type { Exchange } from '../exchange.ts'

const REGISTRY = Symbol.for('@postern/core/host-exchanges')
const shared = globalThis as { [REGISTRY]?: WeakMap<object, Exchange> }
// One for the whole process: a plugin may have another installed copy of core than the host.
shared[REGISTRY] ??= new WeakMap()
const exchanges: WeakMap<object, Exchange> = shared[REGISTRY]

/** The host gets this request now. */
export function handToHost(request: object, exchange: Exchange): void {
  exchanges.set(request, exchange)
}

/**
 * The exchange of a request that came through `gateway.middleware()`, for the host's own handler: what plugins found out
 * stands in its slots.
 *
 * @param request the `IncomingMessage`, as a host hands it on: Express's request is one, Fastify's has it as `raw`.
 * @returns `undefined` for a request that did not pass the gateway.
 */
export function exchangeOf(request: object): Exchange | undefined {
  return exchanges.get(request)
}

import { Readable } from 'node:stream'
import { GatewayError } from '../errors.ts'
import type { LiveExchange } from '../live-exchange.ts'
import type { ResolvedTimeouts } from '../options.ts'
import type { Endpoint, Route } from '../route.ts'
import type { RequestBody, Sink } from '../seams.ts'
import { type OnHead, UpstreamAttempt } from './attempt.ts'
import { MeteredBody, UpstreamBody } from './request-body.ts'
import { RetainedBody } from './retained-body.ts'
import { upstreamHeaders } from './upstream-head.ts'

/** What forwarding needs of a route. */
export interface ForwardRoute extends Route {
  /** Headers, lower case, that plugins of this route own: copies from clients never reach an upstream. */
  readonly ownedHeaders: readonly string[]
  /** How much of a request body is kept for another attempt, in bytes. */
  readonly retainBodyBytes: number
}

/** A host's own handler has no upstream times: a 504 behind its back would make its next write throw. */
const HOST_TIMEOUTS: ResolvedTimeouts = Object.freeze({
  connectMs: 0,
  queueMs: 0,
  headersMs: 0,
  idleMs: 0,
  totalMs: 0,
  pluginMs: 0,
})

/**
 * Makes the request body ready to be sent: within its limit, counted, able to tell who is waited for, and kept where the
 * route says so.
 * @throws {GatewayError} GW_REQ_BODY_TOO_LARGE when the announced length is above the limit.
 */
export function prepareBody(exchange: LiveExchange, route: ForwardRoute): void {
  const { requestBodyBytes } = route.limits
  const { body, contentLength } = exchange
  if (contentLength > requestBodyBytes) throw new GatewayError('GW_REQ_BODY_TOO_LARGE')
  if (body === null || exchange.seat === 'callee') return
  if (body instanceof Uint8Array) exchange.requestBytes = body.length
  else if (body instanceof Readable) {
    const owned = exchange.seat !== 'hop'
    const metered = new MeteredBody(body, requestBodyBytes, exchange, owned, route.ownedHeaders)
    exchange.body = metered
    const { retainBodyBytes } = route
    if (retainBodyBytes > 0 && contentLength <= retainBodyBytes)
      exchange.retained = new RetainedBody(metered, retainBodyBytes)
  }
}

/** Lets a body go that nobody read to its end: a stream of this process must not stay open after its call. */
export function releaseBody({ body, retained, seat }: LiveExchange): void {
  if (retained) retained.destroy()
  if (!(body instanceof Readable) || body.destroyed) return
  if (body instanceof UpstreamBody || seat === 'caller' || seat === 'fetch') body.destroy()
}

/** Makes the next attempt's request, for `mapUpstreamRequest` to change. */
export function prepareAttempt(
  exchange: LiveExchange,
  endpoint: Endpoint | null,
  ownedHeaders: readonly string[],
): void {
  exchange.endpoint = endpoint
  exchange.upstreamPath = exchange.path
  exchange.upstreamQuery = exchange.query
  exchange.upstreamRequestHeaders = upstreamHeaders(exchange, ownedHeaders)
  if (exchange.retained) exchange.body = exchange.retained.next()
}

/** Sends one attempt; resolves when it has ended. `exchange.attempt.error` tells how. */
export function sendAttempt(
  exchange: LiveExchange,
  route: Route,
  sink: Sink,
  sendHead: OnHead,
): Promise<void> {
  const { endpoint } = exchange
  const timeouts = exchange.seat === 'callee' ? HOST_TIMEOUTS : route.timeouts
  const attempt = new UpstreamAttempt(exchange, sink, timeouts, sendHead)
  exchange.attempt = attempt
  if (exchange.forwardedMs === 0) exchange.forwardedMs = attempt.startedMs
  return attempt.run(
    `${endpoint?.basePath ?? ''}${exchange.upstreamPath}${exchange.upstreamQuery}`,
    route.limits,
  )
}

/** Whether a failed attempt may be sent again: nothing reached the client, and the body is still there. */
export function mayRepeat(exchange: LiveExchange, route: Route): boolean {
  const attempt = exchange.attempt
  if (
    !attempt?.error ||
    exchange.aborted ||
    exchange.respondedMs > 0 ||
    attempt.number >= route.limits.attempts
  )
    return false
  if (attempt.error.source !== 'upstream' || attempt.error.code === 'GW_UPSTREAM_TOTAL_TIMEOUT') return false
  const nothingSent = attempt.connectedMs === 0
  if (nothingSent) return isReplayable(exchange) || isUntouched(exchange.body)
  return SAFE_METHODS.has(exchange.method) && isReplayable(exchange)
}

/** Whether the body can be sent from its beginning once more. */
function isReplayable({ body, retained }: LiveExchange): boolean {
  return retained ? retained.replayable : body === null || body instanceof Uint8Array
}

/** Whether nobody has read the body yet. An attempt that was given up while its connection opened may still destroy it. */
function isUntouched(body: RequestBody): boolean {
  return body instanceof UpstreamBody && !body.readableDidRead && !body.destroyed
}

/** RFC 9110 section 9.2.1. */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/**
 * Waits before the next attempt, or until the client goes away. Rejects at once with the last attempt's error when the
 * wait would pass the deadline of the exchange.
 */
export function waitForRetry(exchange: LiveExchange, route: Route, delayMs: number): Promise<void> {
  const { totalMs } = route.timeouts
  if (totalMs > 0 && performance.now() + delayMs >= exchange.startedMs + totalMs) {
    return Promise.reject(exchange.attempt?.error ?? new GatewayError('GW_UPSTREAM_TOTAL_TIMEOUT'))
  }
  if (delayMs <= 0) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      exchange.onAbort = null
      resolve()
    }
    const timer = setTimeout(done, delayMs)
    exchange.onAbort = done
  })
}

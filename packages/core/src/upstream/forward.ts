import { Readable } from 'node:stream'
import { GatewayError } from '../errors.ts'
import { getHeader } from '../headers/list.ts'
import type { LiveExchange } from '../live-exchange.ts'
import { SAFE_METHODS } from '../methods.ts'
import type { ResolvedTimeouts } from '../options.ts'
import type { Endpoint, Route } from '../route.ts'
import type { RequestBody, Sink } from '../seams.ts'
import { type HeadTaker, type Race, UpstreamAttempt } from './attempt.ts'
import { MeteredBody, UpstreamBody } from './request-body.ts'
import { RetainedBody } from './retained-body.ts'
import { upstreamHeaders } from './upstream-head.ts'

/** What forwarding needs of a route. */
export interface ForwardRoute extends Route {
  /** Headers, lower case, that plugins of this route own: copies from clients never reach an upstream. */
  readonly ownedHeaders: readonly string[]
  /** How much of a request body is kept for another attempt, in bytes. */
  readonly retainBodyBytes: number
  /** When another attempt starts beside one without a head, in milliseconds; 0 for never. */
  readonly hedgeAfterMs: number
  /** Methods that may be sent again once something was sent. */
  readonly repeatMethods: ReadonlySet<string>
  /** Whether answers whose head has a gRPC error may make room for another attempt. */
  readonly repeatsGrpcErrors: boolean
}

/** A host's own handler has no upstream times: a 504 behind its back would make its next write throw. */
const HOST_TIMEOUTS: ResolvedTimeouts = Object.freeze({
  connectMs: 0,
  queueMs: 0,
  attemptMs: 0,
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
  heads: HeadTaker,
): Promise<void> {
  return runAttempt(exchange, route, makeAttempt(exchange, route, sink, heads, null))
}

/** Makes an attempt of the request that is prepared. */
export function makeAttempt(
  exchange: LiveExchange,
  route: Route,
  sink: Sink,
  heads: HeadTaker,
  race: Race | null,
): UpstreamAttempt {
  const timeouts = exchange.seat === 'callee' ? HOST_TIMEOUTS : route.timeouts
  const attempt = new UpstreamAttempt(exchange, sink, timeouts, heads, race)
  exchange.attempt = exchange.running = attempt
  if (exchange.forwardedMs === 0) exchange.forwardedMs = attempt.startedMs
  return attempt
}

/** Sends an attempt; resolves when it has ended. */
export function runAttempt(exchange: LiveExchange, route: Route, attempt: UpstreamAttempt): Promise<void> {
  const target = `${attempt.endpoint?.basePath ?? ''}${exchange.upstreamPath}${exchange.upstreamQuery}`
  return attempt.run(target, route.limits)
}

/** Whether attempts may run side by side: nothing is changed by the second, and there is no body to be shared. */
export function mayHedge(
  { body, method, seat, upgrade }: LiveExchange,
  { hedgeAfterMs }: ForwardRoute,
): boolean {
  return hedgeAfterMs > 0 && body === null && seat !== 'callee' && upgrade === '' && SAFE_METHODS.has(method)
}

/** Whether another attempt may follow the one that failed: nothing reached the client, and the body is still there. */
export function mayRepeat(exchange: LiveExchange, route: ForwardRoute): boolean {
  const attempt = exchange.attempt
  if (!attempt?.error || !mayFollow(exchange, route)) return false
  if (attempt.error.source !== 'upstream' || attempt.error.code === 'GW_UPSTREAM_TOTAL_TIMEOUT') return false
  const nothingSent = attempt.connectedMs === 0
  if (nothingSent) return isReplayable(exchange) || isUntouched(exchange.body)
  return isRepeatable(exchange, route)
}

/** Whether another attempt may follow the one whose answer just came, in place of the answer. */
export function mayRepeatAnswer(exchange: LiveExchange, route: ForwardRoute): boolean {
  return isError(exchange, route) && mayFollow(exchange, route) && isRepeatable(exchange, route)
}

/** Whether an answer is none that was asked for. A gRPC error is one with status 200. */
function isError({ status, responseHeaders }: LiveExchange, { repeatsGrpcErrors }: ForwardRoute): boolean {
  if (status >= FIRST_ERROR_STATUS) return true
  return repeatsGrpcErrors && (getHeader(responseHeaders, 'grpc-status') ?? GRPC_OK) !== GRPC_OK
}

/** Whether the request may reach upstreams twice. An upgrade is its client's to try again. */
function isRepeatable(exchange: LiveExchange, route: ForwardRoute): boolean {
  return exchange.upgrade === '' && route.repeatMethods.has(exchange.method) && isReplayable(exchange)
}

/** Answers below are what was asked for: nobody is asked about them, and they cost nothing. */
const FIRST_ERROR_STATUS = 400

const GRPC_OK = '0'

/** Whether there is room for another attempt at all. A host's handler runs once. */
function mayFollow({ aborted, attemptsMade, respondedMs, seat }: LiveExchange, { limits }: Route): boolean {
  return seat !== 'callee' && !aborted && respondedMs === 0 && attemptsMade < limits.attempts
}

/** Whether the body can be sent from its beginning once more. */
function isReplayable({ body, retained }: LiveExchange): boolean {
  return retained ? retained.replayable : body === null || body instanceof Uint8Array
}

/** Whether nobody has read the body yet. An attempt that was given up while its connection opened may still destroy it. */
function isUntouched(body: RequestBody): boolean {
  return body instanceof UpstreamBody && !body.readableDidRead && !body.destroyed
}

/** The answer was discarded: the exchange has none again. */
export function forgetAnswer(exchange: LiveExchange): void {
  exchange.retryAnswerMs = -1
  exchange.status = 0
  exchange.responseHeaders = []
}

/** Whether a wait before another attempt ends within the time of the exchange. */
export function fitsDeadline(exchange: LiveExchange, route: Route, delayMs: number): boolean {
  const { totalMs } = route.timeouts
  return totalMs === 0 || performance.now() + delayMs < exchange.startedMs + totalMs
}

/** Waits before the next attempt, or until the client goes away. */
export function waitForRetry(exchange: LiveExchange, delayMs: number): Promise<void> {
  if (delayMs <= 0) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      exchange.whenAborted(null)
      resolve()
    }
    const timer = setTimeout(done, delayMs)
    exchange.whenAborted(done)
  })
}

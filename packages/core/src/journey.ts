/**
 * The journey of one exchange, top to bottom: listen → match → hooks → upstream → respond. This file only calls stages;
 * headers, streams and times are theirs.
 *
 *   client ──(1) onRequest ──(2) preMatch ──(3) pickRoute ──(4) preForward ─┐
 *                                                                 (5) pickEndpoint ─ mapUpstreamRequest ─ preSend ─▶ upstream
 *   client ◀──(7) mapResponse ◀───────────────────────────(6) onAttemptEnd, pickRetry ◀───────────────────────────┘
 *          ──(8) onFinish, always, exactly once
 */
import { asGatewayError, GatewayError } from './errors.ts'
import { endsHere } from './headers/max-forwards.ts'
import type { GatewayHookSet, RouteHookSet } from './hooks/points.ts'
import { isPromise } from './hooks/taps.ts'
import type { LiveExchange } from './live-exchange.ts'
import { checkHeadLimits } from './match/head-limits.ts'
import { readTarget } from './match/path.ts'
import { ALLOWED_METHODS } from './methods.ts'
import type { ResolvedPathOptions } from './options.ts'
import { answer, respondHead } from './respond/answer.ts'
import type { Endpoint, Route } from './route.ts'
import type { Sink } from './seams.ts'
import type { HeadTaker } from './upstream/attempt.ts'
import {
  type ForwardRoute,
  fitsDeadline,
  forgetAnswer,
  mayHedge,
  mayRepeat,
  mayRepeatAnswer,
  prepareAttempt,
  prepareBody,
  releaseBody,
  sendAttempt,
  waitForRetry,
} from './upstream/forward.ts'
import { Hedge, type HedgeSteps } from './upstream/hedge.ts'

/** A route as the journey needs it. */
export interface JourneyRoute extends ForwardRoute {
  readonly hooks: RouteHookSet
  /** Where it leads when no plugin picks. */
  readonly endpoint: Endpoint | null
}

/** What the journey needs of the generation that an exchange belongs to. */
export interface JourneyGeneration {
  readonly hooks: GatewayHookSet
  /** What to do with ambiguous paths. */
  readonly paths: ResolvedPathOptions
  /** Where everything goes that nothing else decides; `null` without one. */
  readonly upstream: Endpoint | null
  /** The compiled form of what a plugin picked; of nothing, the default route where one applies. */
  compiledRoute(picked: Route | undefined, exchange: LiveExchange): JourneyRoute | undefined
  /** Counts the exchange out, and logs what went wrong. */
  finished(exchange: LiveExchange): void
}

/** Moves one exchange from its head to its end. Never rejects: whatever fails becomes an answer or a cut. */
export async function journey(
  exchange: LiveExchange,
  sink: Sink,
  generation: JourneyGeneration,
): Promise<void> {
  const { hooks } = generation
  try {
    if (exchange.refusal) throw exchange.refusal

    // (1) The head is read and validated; nothing is decided yet.
    readTarget(exchange, generation.paths)
    if (hooks.onRequest.used) hooks.onRequest.call(exchange)

    // (2) Whoever answers for the gateway itself answers here.
    if (hooks.preMatch.used) {
      const early = hooks.preMatch.run(exchange)
      const reply = isPromise(early) ? await early : early
      if (exchange.aborted) return
      if (reply) return answer(exchange, sink, reply, respond)
    }

    // `OPTIONS *` asks the server itself what it can do (RFC 9110 section 9.3.7).
    if (exchange.path === '*' || endsHere(exchange))
      return answer(exchange, sink, { status: 204, headers: ['allow', ALLOWED_METHODS] }, respond)

    // (3) Who is meant.
    const picked = hooks.pickRoute.used ? hooks.pickRoute.call(exchange) : undefined
    const route = generation.compiledRoute(picked, exchange)
    if (!route) throw new GatewayError('GW_ROUTE_NOT_FOUND')
    exchange.route = route
    checkHeadLimits(exchange, route.limits)

    // (4) The guards.
    if (route.hooks.preForward.used) {
      const early = route.hooks.preForward.run(exchange)
      const reply = isPromise(early) ? await early : early
      if (exchange.aborted) return
      if (reply) return answer(exchange, sink, reply, respond)
    }

    prepareBody(exchange, route)
    for (;;) {
      // (5) Where to, and the last change before it is sent.
      const chosen = chooseEndpoint(exchange, route, generation)
      const endpoint = isPromise(chosen) ? await chosen : chosen
      if (exchange.aborted) return
      const early = makeRequest(exchange, endpoint, route)
      const reply = isPromise(early) ? await early : early
      if (exchange.aborted) return
      if (reply) return answer(exchange, sink, reply, respond)
      if (route.hooks.pickHedge.used && mayHedge(exchange, route))
        await new Hedge(exchange, route, sink, HEADS, hedgeSteps(route, generation)).run()
      else {
        await sendAttempt(exchange, route, sink, HEADS)
        if (route.hooks.onAttemptEnd.used) route.hooks.onAttemptEnd.call(exchange)
      }

      // (6) How it went, and whether to try again.
      const delayMs = retryAfterMs(exchange, route)
      if (delayMs === undefined) {
        if (exchange.attempt?.error) throw exchange.attempt.error
        return
      }
      await waitForRetry(exchange, delayMs)
      if (exchange.aborted) return
    }
  } catch (thrown) {
    fail(exchange, sink, thrown)
  } finally {
    finish(exchange, sink, generation)
  }
}

/** (5) Makes the request of one attempt, and asks for an answer in its place; `undefined` for none. */
function makeRequest(
  exchange: LiveExchange,
  endpoint: Endpoint | null,
  route: JourneyRoute,
): ReturnType<JourneyRoute['hooks']['preSend']['run']> {
  prepareAttempt(exchange, endpoint, route.ownedHeaders)
  if (route.hooks.mapUpstreamRequest.used) route.hooks.mapUpstreamRequest.call(exchange)
  return route.hooks.preSend.used ? route.hooks.preSend.run(exchange) : undefined
}

/** (6) How long to wait for another attempt; `undefined` for none. An answer was asked about when its head came. */
function retryAfterMs(exchange: LiveExchange, route: JourneyRoute): number | undefined {
  if (exchange.retryAnswerMs >= 0) {
    const delayMs = exchange.retryAnswerMs
    forgetAnswer(exchange)
    return delayMs
  }
  if (!exchange.attempt?.error || !route.hooks.pickRetry.used || !mayRepeat(exchange, route)) return undefined
  return fittingDelay(exchange, route)
}

function fittingDelay(exchange: LiveExchange, route: JourneyRoute): number | undefined {
  const delayMs = route.hooks.pickRetry.call(exchange)
  return delayMs !== undefined && fitsDeadline(exchange, route, delayMs) ? delayMs : undefined
}

/** What attempts side by side need of the journey: steps (5) and (6) of another attempt. */
function hedgeSteps(route: JourneyRoute, generation: JourneyGeneration): HedgeSteps {
  return {
    wanted: (exchange) => route.hooks.pickHedge.call(exchange) === true,
    prepare: async (exchange, isOver) => {
      const endpoint = await chooseEndpoint(exchange, route, generation)
      if (isOver()) return false
      // An answer in its place does not count: the attempt that runs may still do better.
      return (await makeRequest(exchange, endpoint, route)) === undefined
    },
    ended: (exchange) => {
      if (route.hooks.onAttemptEnd.used) route.hooks.onAttemptEnd.call(exchange)
    },
  }
}

/** What becomes of the head of an upstream's answer: it goes to the client, or makes room for another attempt. */
const HEADS: HeadTaker = {
  discards(exchange) {
    const route = exchange.route as JourneyRoute
    if (!route.hooks.pickRetry.used || !mayRepeatAnswer(exchange, route)) return false
    const delayMs = fittingDelay(exchange, route)
    if (delayMs === undefined) return false
    exchange.retryAnswerMs = delayMs > 0 ? delayMs : 0
    return true
  },
  send: respond,
}

/** (8) The end: exactly once, whatever happened. */
function finish(exchange: LiveExchange, sink: Sink, generation: JourneyGeneration): void {
  if (exchange.aborted) sink.abort(exchange.error as GatewayError)
  if (exchange.body !== null) releaseBody(exchange)
  if (exchange.status === 0 && exchange.error) exchange.status = exchange.error.status
  exchange.finishedMs = performance.now()
  const { hooks } = generation
  if (hooks.onFinish.used) hooks.onFinish.call(exchange)
  const route = exchange.route as JourneyRoute | null
  if (route?.hooks.onFinish.used) route.hooks.onFinish.call(exchange)
  generation.finished(exchange)
}

/**
 * The host's handler in the callee seat, else what a plugin picks, else the route's, else the call's own target, else the
 * gateway's one upstream.
 */
function chooseEndpoint(
  exchange: LiveExchange,
  route: JourneyRoute,
  generation: JourneyGeneration,
): Endpoint | null | Promise<Endpoint> {
  if (exchange.seat === 'callee') return null
  exchange.endpointReason = ''
  const picked = route.hooks.pickEndpoint.used ? route.hooks.pickEndpoint.run(exchange) : undefined
  const given = route.endpoint ?? exchange.ownEndpoint ?? generation.upstream
  if (isPromise(picked)) return picked.then((endpoint) => endpoint ?? orNone(given))
  return picked ?? orNone(given)
}

function orNone(endpoint: Endpoint | null): Endpoint {
  if (!endpoint) throw new GatewayError('GW_UPSTREAM_NO_ENDPOINT', { headers: ['retry-after', '1'] })
  return endpoint
}

/** (7) The head of a response goes to the client, whoever gave it. Called once. */
function respond(exchange: LiveExchange, sink: Sink, reason: string): void {
  const route = exchange.route as JourneyRoute | null
  if (route?.hooks.mapResponse.used) route.hooks.mapResponse.call(exchange)
  respondHead(exchange, sink, reason)
}

/** An answer while the client waits for one, a cut when the head is out already, silence when the client is gone. */
function fail(exchange: LiveExchange, sink: Sink, thrown: unknown): void {
  const error = asGatewayError(thrown)
  exchange.error ??= error
  // In the caller's own process a connection that fails is a call that fails, as it is without a gateway.
  const isFailedCall =
    exchange.seat === 'caller' &&
    (error.source === 'upstream' || error.source === 'gateway' || error.code === 'GW_REQ_BODY_ABORTED')
  try {
    if (exchange.respondedMs > 0 || exchange.aborted || isFailedCall) sink.abort(error)
    else answer(exchange, sink, error, respond)
  } catch {
    // `mapResponse` failed, maybe for the second time: the error goes out as it is.
    answerPlainly(exchange, sink, error)
  }
}

function answerPlainly(exchange: LiveExchange, sink: Sink, error: GatewayError): void {
  try {
    answer(exchange, sink, error, respondHead)
  } catch (cause) {
    // Not even the error could be written: a cut is better than a hang.
    sink.abort(new GatewayError('GW_GATEWAY_INTERNAL', { cause }))
  }
}

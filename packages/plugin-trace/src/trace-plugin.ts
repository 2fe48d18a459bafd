import {
  definePlugin,
  type Exchange,
  type PluginFactory,
  type PluginHandle,
  type PluginHost,
  type PluginRoute,
  type Route,
  type Slot,
  setHeader,
} from '@postern/core'
import { principal, traceContext, usedName } from '@postern/core/contracts'
import * as v from 'valibot'
import { AccessLog } from './access-log/access-log.ts'
import { accessLogSchema } from './access-log/options.ts'
import { ExchangeTrace, type TraceSettings } from './exchange-trace.ts'
import { type ResolvedTraceOptions, type TraceOptions, traceOptionsSchema } from './options.ts'
import { propagationSchema } from './propagation/options.ts'
import { Propagator } from './propagation/propagator.ts'
import { recentSchema } from './recent/options.ts'
import { RecentExchanges } from './recent/recent-exchanges.ts'
import { SpanSource } from './span-source.ts'
import { PLUGIN_NAME, VERSION } from './version.ts'

/**
 * Continues or begins a trace for every exchange, tells the upstream and the client its id, and leaves
 * one line in the log.
 *
 * @example
 * createGateway([trace()], { upstream: 'http://127.0.0.1:3000' })
 */
export const trace: PluginFactory<TraceOptions, readonly [typeof traceContext], readonly []> = definePlugin({
  name: PLUGIN_NAME,
  version: VERSION,
  api: '1.0',
  fault: 'observer',
  provides: [traceContext],
  reads: [principal, usedName],
  options: traceOptionsSchema,
  setup,
})

/** The slot as this plugin fills it: others see the contract, we see our own object. */
const ownTrace: Slot<ExchangeTrace> = traceContext as Slot<ExchangeTrace>

function setup(gateway: PluginHost<undefined>, options: ResolvedTraceOptions): PluginHandle {
  const settings: TraceSettings = {
    propagator: new Propagator(options.trust, options.propagation ?? v.parse(propagationSchema, {})),
    source: new SpanSource(),
    sampleRatio: options.sampleRatio,
  }
  const accessLog = openAccessLog(gateway, options)
  const recent = openRecent(gateway, options)
  const tracedRoutes = new Set<Route>()

  gateway.hooks.onRequest.tap(begin)
  gateway.hooks.onRoute.tap(tapRoute)
  gateway.hooks.onFinish.tap((exchange) => {
    if (exchange.route === null) return finish(exchange)
    // On a route with trace `off` there is a span only if another plugin asked for an id. It must end, too.
    if (!tracedRoutes.has(exchange.route)) exchange.get(ownTrace)?.spans?.end(exchange)
  })

  /** Fills the slot. Also the first touch on a route that has trace on in a gateway that has it off. */
  function begin(exchange: Exchange): ExchangeTrace {
    const trace = new ExchangeTrace(exchange, settings)
    exchange.set(ownTrace, trace)
    return trace
  }

  function traceOf(exchange: Exchange): ExchangeTrace {
    return exchange.get(ownTrace) ?? begin(exchange)
  }

  /** The end of every exchange that is traced, exactly once: whoever counts or keeps exchanges does it here. */
  function finish(exchange: Exchange): void {
    const trace = traceOf(exchange)
    accessLog?.write(exchange, trace)
    recent?.add(exchange, trace)
    trace.finished()
  }

  function tapRoute({ route, hooks }: PluginRoute): void {
    tracedRoutes.add(route)
    const { responseHeader } = options
    hooks.mapUpstreamRequest.tap((exchange) => traceOf(exchange).sendUpstream())
    hooks.onAttemptEnd.tap((exchange) => traceOf(exchange).attemptEnded())
    hooks.mapResponse.tap((exchange) => {
      const trace = traceOf(exchange)
      if (responseHeader !== false) setHeader(exchange.responseHeaders, responseHeader, trace.traceId)
      trace.spans?.answered(exchange)
    })
    hooks.onFinish.tap(finish)
  }

  return recent === null ? {} : { views: { exchanges: recent.view } }
}

function openAccessLog(
  gateway: PluginHost<undefined>,
  { accessLog }: ResolvedTraceOptions,
): AccessLog | null {
  if (accessLog === false) return null
  return new AccessLog(gateway, accessLog === true ? v.parse(accessLogSchema, {}) : accessLog)
}

function openRecent(
  gateway: PluginHost<undefined>,
  { accessLog, recent }: ResolvedTraceOptions,
): RecentExchanges | null {
  if (recent === false) return null
  const path = typeof accessLog === 'boolean' || accessLog.path
  return new RecentExchanges(gateway, recent === true ? v.parse(recentSchema, {}) : recent, path)
}

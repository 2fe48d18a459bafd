import {
  definePlugin,
  type Exchange,
  type Logger,
  type PluginFactory,
  type PluginHost,
  type PluginRoute,
  type Route,
  type Slot,
  setHeader,
} from '@postern/core'
import { traceContext } from '@postern/core/contracts'
import { logExchange } from './access-log.ts'
import { serviceOf } from './attributes.ts'
import { ExchangeTrace } from './exchange-trace.ts'
import { NOT_TRUSTED, readIncoming } from './incoming.ts'
import { type ResolvedTraceOptions, type TraceOptions, traceOptionsSchema } from './options.ts'
import { SpanSource } from './span-source.ts'
import { VERSION } from './version.ts'

/**
 * Continues or begins a W3C trace for every exchange, tells the upstream and the client its id, and leaves
 * one line in the log.
 *
 * @example
 * createGateway([trace()], { upstream: 'http://127.0.0.1:3000' })
 */
export const trace: PluginFactory<TraceOptions, readonly [typeof traceContext], readonly []> = definePlugin({
  name: '@postern/plugin-trace',
  version: VERSION,
  api: '1.0',
  fault: 'observer',
  provides: [traceContext],
  options: traceOptionsSchema,
  setup,
})

/** The slot as this plugin fills it: others see the contract, we see our own object. */
const ownTrace: Slot<ExchangeTrace> = traceContext as Slot<ExchangeTrace>

function setup(gateway: PluginHost<undefined>, options: ResolvedTraceOptions): void {
  const source = new SpanSource()
  const tracedRoutes = new Set<Route>()

  gateway.hooks.onRequest.tap(begin)
  gateway.hooks.onRoute.tap(tapRoute)
  gateway.hooks.onFinish.tap((exchange) => {
    if (exchange.route === null) return finish(exchange, gateway.logger)
    // On a route with trace `off` there is a span only if another plugin asked for an id. It must end, too.
    if (!tracedRoutes.has(exchange.route)) exchange.get(ownTrace)?.spans?.end(exchange)
  })

  /** Fills the slot. Also the first touch on a route that has trace on in a gateway that has it off. */
  function begin(exchange: Exchange): ExchangeTrace {
    const incoming = options.trust ? readIncoming(exchange.requestHeaders) : NOT_TRUSTED
    const trace = new ExchangeTrace(exchange, incoming, source, options)
    exchange.set(ownTrace, trace)
    return trace
  }

  function traceOf(exchange: Exchange): ExchangeTrace {
    return exchange.get(ownTrace) ?? begin(exchange)
  }

  function finish(exchange: Exchange, logger: Logger): void {
    const trace = traceOf(exchange)
    if (options.accessLog) logExchange(logger, exchange, trace)
    trace.finished()
  }

  function tapRoute({ route, hooks }: PluginRoute): void {
    tracedRoutes.add(route)
    const { responseHeader } = options
    // What is the same on every line of a route and service is written out once. A route may lead to several services.
    const loggers = new Map<string, Logger>()
    const loggerFor = (service: string): Logger => {
      let logger = loggers.get(service)
      if (!logger) {
        logger = gateway.logger.child({ route: route.id, ...(service === '' ? undefined : { service }) })
        loggers.set(service, logger)
      }
      return logger
    }
    hooks.mapUpstreamRequest.tap((exchange) =>
      traceOf(exchange).sendUpstream(exchange.upstreamRequestHeaders),
    )
    hooks.onAttemptEnd.tap((exchange) => traceOf(exchange).attemptEnded())
    if (responseHeader !== false) {
      hooks.mapResponse.tap((exchange) =>
        setHeader(exchange.responseHeaders, responseHeader, traceOf(exchange).traceId),
      )
    }
    hooks.onFinish.tap((exchange) => finish(exchange, loggerFor(serviceOf(exchange))))
  }
}

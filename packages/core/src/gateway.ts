import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { runningResponse } from './connections.ts'
import { GatewayError } from './errors.ts'
import { logFailure } from './failure-log.ts'
import type { CloseOptions, Gateway, ListenAddress, Readiness } from './gateway-types.ts'
import { Generation, type GenerationOwner } from './generation/generation.ts'
import { resolveListen } from './generation/listen.ts'
import { gatewayMetrics, pluginOwnMetrics } from './generation/metrics.ts'
import { guardFaults, pluginStats, routeInfos } from './generation/report.ts'
import { resolveSettings } from './generation/settings.ts'
import { validate } from './generation/validate.ts'
import { journey } from './journey.ts'
import { refusedHead } from './listen/accepted-head.ts'
import { listenOn, placeOf } from './listen/address.ts'
import { readHttp2Head } from './listen/http2-head.ts'
import { Http2Sink } from './listen/http2-sink.ts'
import { beginInOrder, isBehind } from './listen/in-order.ts'
import { Listener } from './listen/listener.ts'
import { readNodeHead } from './listen/node-head.ts'
import { NodeSink, type SinkContext } from './listen/node-sink.ts'
import { RefusalSink } from './listen/refusal-sink.ts'
import { backToHttp, upgradeOf } from './listen/upgrade-request.ts'
import { UpgradeSink } from './listen/upgrade-sink.ts'
import { type ListenOptions, listenTlsSchema } from './listen-options.ts'
import { type ExchangeHead, LiveExchange } from './live-exchange.ts'
import { LiveSet } from './live-set.ts'
import type { Metric } from './metrics/metric.ts'
import type { GatewayOptions } from './options.ts'
import { peerOf } from './peer.ts'
import type { PluginInstance } from './plugin.ts'
import { problemBody, problemHeaders } from './respond/problem.ts'
import type { Egress, Sink } from './seams.ts'
import { GatewayDispatcher } from './seats/dispatcher.ts'
import { handToHost } from './seats/exchange-of.ts'
import { fromRequest, ResponseSink } from './seats/fetch.ts'
import { HostEgress, HostSink } from './seats/host-egress.ts'
import { virtualHead } from './seats/virtual-head.ts'
import type { CheckPlugins } from './slot-check.ts'
import { GatewayAccount, type GatewayStats } from './stats.ts'
import { PoolRegistry } from './upstream/pools.ts'

/** How long `close` waits for running exchanges when it is not told. */
const DEFAULT_GRACE_MS = 10_000
/** Says of a head that it is the whole request (RFC 9113 section 6.2). */
const HTTP2_END_STREAM = constants.NGHTTP2_FLAG_END_STREAM

/**
 * Makes a gateway of plugins and options. It serves as soon as one of its seats is used.
 *
 * @example
 * const gateway = createGateway([trace()], { upstream: 'http://127.0.0.1:3000' })
 * await gateway.listen({ port: 8080 })
 * @throws {GatewayError} on the first thing that is wrong with plugins or options, naming plugin, field, what was
 *   found, what is needed, and the fix. Nothing has been started then.
 */
export function createGateway<const TPlugins extends readonly PluginInstance[]>(
  plugins: TPlugins & CheckPlugins<TPlugins>,
  options: GatewayOptions = {},
): Gateway {
  return new RunningGateway(plugins, options)
}

class RunningGateway implements Gateway, SinkContext {
  closing = false
  idleMs = 0
  readonly #pools = new PoolRegistry()
  readonly #live = new LiveSet()
  readonly #generations = new Set<Generation>()
  readonly #account = new GatewayAccount()
  readonly #listeners = new Set<Listener>()
  readonly #asOwner: GenerationOwner = {
    onFinished: (exchange, generation) => this.#finished(exchange, generation),
    metrics: () => this.metrics(),
  }
  #current: Generation
  #closed: Promise<void> | null = null
  #stopped = false

  constructor(plugins: readonly PluginInstance[], options: GatewayOptions) {
    this.#current = this.#compile(plugins, options, 1)
  }

  readonly handler = (request: IncomingMessage, response: ServerResponse): void => {
    if (isBehind(request, response)) beginInOrder(request, response, () => this.#take(request, response))
    else this.#take(request, response)
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    // The last answer of this connection is out (RFC 9112 section 9.6): a request that follows gets none, so nothing is done.
    if (request.socket.writableEnded) return
    // Of what stands behind such a request in the same packet, node:http's parser loses the start.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false
    const generation = this.#current
    const head = readNodeHead(request, generation.headRules, 'hop')
    const sink = new NodeSink(request, response, this)
    sink.promiseContinue()
    this.#start(head, sink, generation)
  }

  readonly upgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // A host's server hands over a connection that still owes the answer to an earlier request, too.
    if (runningResponse(request.socket)) {
      socket.destroy()
      return
    }
    const generation = this.#current
    const upgrade = upgradeOf(request, generation.settings.upgrades)
    if (upgrade === '' && backToHttp(request, head)) return
    const sink = new UpgradeSink(request, socket, head, upgrade, this)
    this.#start(readNodeHead(request, generation.headRules, 'hop', upgrade), sink, generation)
  }

  readonly streamHandler = (
    stream: ServerHttp2Stream,
    _headers: unknown,
    flags: number,
    raw: readonly string[],
  ): void => {
    const generation = this.#current
    const head = readHttp2Head(stream, raw, (flags & HTTP2_END_STREAM) !== 0, generation.headRules)
    this.#start(head, new Http2Sink(stream, this.idleMs), generation)
  }

  #start(head: ExchangeHead, sink: NodeSink | Http2Sink, generation: Generation): void {
    const exchange = new LiveExchange(head, generation.egress, null, generation.settings.hop)
    sink.onClose((error) => exchange.abort(error))
    this.#run(exchange, sink, generation)
  }

  middleware() {
    return (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void => {
      const generation = this.#current
      const head = readNodeHead(request, generation.headRules, 'callee')
      const refusals = new NodeSink(request, response, this)
      const sink = new HostSink(refusals)
      const egress = new HostEgress(request, response, () => {
        sink.handOver(egress)
        handToHost(request, exchange)
        next()
      })
      const exchange = new LiveExchange(head, egress, null, generation.settings.hop)
      refusals.onClose((error) => exchange.abort(error))
      this.#run(exchange, sink, generation)
    }
  }

  dispatcher() {
    return new GatewayDispatcher((request, origin, sink) => {
      const generation = this.#current
      const exchange = this.#virtual(virtualHead(request, generation.headRules), generation, origin)
      sink.whenAborted(() => exchange.abort(new GatewayError('GW_CLIENT_ABORTED')))
      this.#run(exchange, sink, generation)
    })
  }

  fetch(input: Request | string | URL, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init)
    const generation = this.#current
    const exchange = this.#virtual(virtualHead(fromRequest(request), generation.headRules), generation, null)
    const sink = new ResponseSink(request.method, () => exchange.abort(new GatewayError('GW_CLIENT_ABORTED')))
    const abort = (): void => {
      exchange.abort(new GatewayError('GW_CLIENT_ABORTED', { cause: request.signal.reason }))
      sink.fail(request.signal.reason)
    }
    if (request.signal.aborted) abort()
    else request.signal.addEventListener('abort', abort, { once: true })
    // Holds the request, not only its signal: once a Request is collected, its signal no longer follows that of the caller.
    this.#run(exchange, sink, generation, () => request.signal.removeEventListener('abort', abort))
    return sink.response
  }

  async listen(options: ListenOptions = {}): Promise<ListenAddress> {
    if (this.closing) throw new GatewayError('GW_GATEWAY_CLOSING')
    const { options: valid, settings } = resolveListen(options)
    const listener = new Listener(
      settings,
      {
        request: this.handler,
        upgrade: this.upgradeHandler,
        refuse: this.#refuse,
        handshakeFailed: this.#handshakeFailed,
      },
      this.streamHandler,
    )
    const bound = await listenOn(listener.server, valid)
    // `close` came meanwhile and did not know of it.
    if (this.closing) {
      await listener.stop()
      throw new GatewayError('GW_GATEWAY_CLOSING')
    }
    this.#listeners.add(listener)
    return {
      ...placeOf(bound, valid.tls !== undefined),
      server: listener.server,
      reloadTls: (tls) =>
        listener.reloadTls(
          validate(listenTlsSchema, tls, { code: 'GW_OPTIONS_INVALID', what: 'listen options' }),
        ),
    }
  }

  /** What node:http made no request of is an exchange all the same: the log has its line, and the figures count it. */
  readonly #refuse = (refusal: GatewayError, connection: Socket, method: string): void => {
    const generation = this.#current
    const peer = peerOf(connection)
    const sink = new RefusalSink(connection)
    const running = this.#live.from(peer)
    // Of a request whose body cannot be read there is an exchange, and it has its line.
    if (running) {
      const body = problemBody(refusal, running)
      sink.start(refusal.status, '', problemHeaders(refusal, body.length))
      sink.write(body)
      sink.end()
      return
    }
    const head = refusedHead('hop', '', peer, method, refusal)
    this.#run(new LiveExchange(head, generation.egress, null, generation.settings.hop), sink, generation)
  }

  /** A client's fault, or of whoever knocks: told only to an operator who asks. */
  readonly #handshakeFailed = (error: Error & { code?: string }): void => {
    this.#current.settings.logger.debug(
      { err: error },
      `A TLS handshake failed: ${error.code ?? error.message}`,
    )
  }

  async reload(plugins: readonly PluginInstance[], options: GatewayOptions = {}): Promise<void> {
    if (this.closing) throw new GatewayError('GW_GATEWAY_CLOSING')
    const before = this.#current
    this.#current = this.#compile(plugins, options, before.number + 1, before)
    this.#retire(before)
  }

  close({ graceMs = DEFAULT_GRACE_MS }: CloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(graceMs)
    return this.#closed
  }

  readiness(): Readiness {
    const reasons = guardFaults(this.#current.members)
    if (this.closing) reasons.unshift('The gateway is shutting down')
    return { ready: reasons.length === 0, reasons }
  }

  stats(): GatewayStats {
    return {
      ...this.#account.read(),
      inFlight: this.#live.size,
      generation: this.#current.number,
      liveGenerations: this.#generations.size,
      plugins: pluginStats(this.#current.members),
      endpoints: this.#current.endpointStats,
    }
  }

  metrics(): readonly Metric[] {
    return [...gatewayMetrics(this.stats()), ...pluginOwnMetrics(this.#current.members)]
  }

  routes() {
    return routeInfos(this.#current.routes)
  }

  views() {
    return this.#current.views
  }

  plugins() {
    return this.#current.members.map(({ definition, settings }) => ({
      name: definition.name,
      version: definition.version,
      mode: settings.mode,
    }))
  }

  #compile(
    plugins: readonly PluginInstance[],
    options: GatewayOptions,
    number: number,
    before?: Generation,
  ): Generation {
    const settings = resolveSettings(options, before?.settings)
    const generation = new Generation(number, plugins, settings, this.#pools, this.#asOwner, before)
    this.#generations.add(generation)
    this.idleMs = settings.timeouts.idleMs
    return generation
  }

  #virtual(head: ExchangeHead, generation: Generation, origin: string | null): LiveExchange {
    const egress: Egress = generation.egress
    return new LiveExchange(
      head,
      egress,
      origin === null ? null : generation.ownEndpoint(origin),
      generation.settings.hop,
    )
  }

  #run(exchange: LiveExchange, sink: Sink, generation: Generation, after?: () => void): void {
    // A host's server, or a caller, may outlive the gateway. A tunnel would have to end as soon as it stands.
    if (this.#stopped || (this.closing && exchange.upgrade !== ''))
      exchange.refusal ??= new GatewayError('GW_GATEWAY_CLOSING', { headers: ['retry-after', '1'] })
    generation.inFlight++
    exchange.generation = generation.number
    this.#live.add(exchange)
    const done = journey(exchange, sink, generation)
    if (after) void done.then(after)
  }

  #finished(exchange: LiveExchange, generation: Generation): void {
    this.#live.delete(exchange)
    this.#account.record(exchange)
    if (exchange.error) logFailure(exchange, generation.settings.logger)
    if (generation.inFlight === 0 && generation !== this.#current) this.#retire(generation)
  }

  /** Closes a generation that is no longer current, once its last exchange is over. */
  #retire(generation: Generation): void {
    if (generation.inFlight > 0) return
    void generation.close().then(() => this.#generations.delete(generation))
  }

  async #close(graceMs: number): Promise<void> {
    this.closing = true
    const deadlineMs = performance.now() + graceMs
    const stopped = Promise.all([...this.#listeners].map((listener) => listener.stop()))
    // What ran is over for the gateway, not yet for its clients: answers are on their way, and HTTP/2 says goodbye in steps.
    if (await this.#live.drain(graceMs)) await within(stopped, deadlineMs - performance.now())
    this.#stopped = true
    for (const listener of this.#listeners) listener.destroy()
    await stopped
    await Promise.all([...this.#generations].map((generation) => generation.close()))
    await this.#pools.destroy()
    this.#live.stop()
  }
}

/** Waits for something, but not for ever. */
async function within(awaited: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, ms))
  })
  await Promise.race([awaited, late])
  clearTimeout(timer)
}

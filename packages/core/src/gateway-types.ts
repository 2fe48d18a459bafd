import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import type { Server as TlsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { ListenOptions, ListenTls } from './listen-options.ts'
import type { Metric } from './metrics/metric.ts'
import type { Mode } from './modes.ts'
import type { GatewayOptions } from './options.ts'
import type { PluginInstance } from './plugin.ts'
import type { PluginView } from './plugin-view.ts'
import type { Route } from './route.ts'
import type { GatewayStats } from './stats.ts'

/** Where a gateway listens. */
export interface ListenAddress {
  /** The address; empty on a unix socket. */
  readonly host: string
  /** The port; 0 on a unix socket. */
  readonly port: number
  /** The unix socket; empty on a port. */
  readonly socketPath: string
  /** `http://host:port`, or `https://…` with TLS; on a unix socket `http://localhost`. */
  readonly url: string
  /** The node:http or node:https server, for hosts that need to reach it. */
  readonly server: Server | TlsServer
  /**
   * Replaces the listener's certificates and authorities. New connections get the new ones, those that stand go on.
   * @throws {GatewayError} GW_OPTIONS_INVALID when one of them cannot be used, when `clientCertificates` differs, or on a
   *   listener without TLS. Nothing has changed then.
   */
  reloadTls(tls: ListenTls): void
}

/** Whether a gateway should get traffic, and if not, why. */
export interface Readiness {
  /** Whether it should get traffic. */
  readonly ready: boolean
  /** Why not: one sentence each. Empty when ready. */
  readonly reasons: readonly string[]
}

/** How long to wait for what still runs. */
export interface CloseOptions {
  /** How long running exchanges may go on before they are cut. Default: 10000. */
  readonly graceMs?: number
}

/** One plugin of a gateway. */
export interface PluginInfo {
  /** npm name. */
  readonly name: string
  /** Its version. */
  readonly version: string
  /** Its mode for the whole gateway; routes may set another. */
  readonly mode: Mode
}

/** How one plugin runs on one route. */
export interface RoutePluginInfo {
  /** npm name. */
  readonly name: string
  /** Its mode here. */
  readonly mode: Mode
  /** Share of the exchanges, 0 to 100, that get the mode; the others get the next weaker one. */
  readonly percent: number
  /** Callers that get another mode. */
  readonly except: Readonly<Record<string, Mode>>
}

/** One route of a gateway. */
export interface RouteInfo extends Pick<Route, 'id' | 'service' | 'timeouts' | 'limits'> {
  /** Every plugin, in the order in which their taps run. */
  readonly plugins: readonly RoutePluginInfo[]
}

/** A running gateway. Made by `createGateway`; close it when done. */
export interface Gateway {
  /**
   * The hop seat: starts an own server.
   * @throws {GatewayError} GW_LISTEN_FAILED when the address is taken or not allowed, GW_OPTIONS_INVALID on a bad option or a
   *   certificate that cannot be used, GW_GATEWAY_CLOSING after `close`.
   */
  listen(options?: ListenOptions): Promise<ListenAddress>
  /**
   * The hop seat in a server of the host's: `http.createServer(gateway.handler)`. Mounted with
   * `server.on('checkContinue', gateway.handler)` as well, clients that wait for a 100 get it after the guards.
   */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void
  /**
   * WebSocket in a server of the host's: `server.on('upgrade', gateway.upgradeHandler)`. Refusals are answered too, and
   * requests that cannot switch go back to the server as plain ones.
   */
  readonly upgradeHandler: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** HTTP/2 in a server of the host's: `http2.createServer().on('stream', gateway.streamHandler)`. */
  readonly streamHandler: (
    stream: ServerHttp2Stream,
    headers: unknown,
    flags: number,
    rawHeaders: readonly string[],
  ) => void
  /**
   * The callee seat: `(req, res, next)` middleware in front of the host's own handlers. What the plugins change is
   * written back to `req.headers` and to the response head.
   */
  middleware(): (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void
  /** The caller seat: an undici dispatcher, for `fetch(url, { dispatcher })` or `setGlobalDispatcher`. */
  dispatcher(): Dispatcher
  /** For hosts built on web standards: one request through the gateway. Rejects only when the caller aborts it. */
  fetch(request: Request | string | URL, init?: RequestInit): Promise<Response>
  /**
   * Replaces plugins and options as a whole: checks everything, compiles, swaps in one step, and closes the old
   * generation after its last exchange. When it throws, nothing has changed.
   * @throws {GatewayError} what `createGateway` throws.
   */
  reload(plugins: readonly PluginInstance[], options?: GatewayOptions): Promise<void>
  /** Readiness off, stop accepting, finish what runs, then cut. Calling it twice is the same as once. */
  close(options?: CloseOptions): Promise<void>
  /** Whether it should get traffic. */
  readiness(): Readiness
  /** Counters since the start. */
  stats(): GatewayStats
  /** The plugins in the order in which their taps run, with versions and modes. */
  plugins(): readonly PluginInfo[]
  /** The routes, in the order in which they were defined: plugins' own, and `default`, which is met when none of them is. */
  routes(): readonly RouteInfo[]
  /** Figures of the gateway and of every plugin that has some, read now. Names and labels are OpenTelemetry's. */
  metrics(): readonly Metric[]
  /** What the plugins show of themselves, by name: `metrics`, `routes`, `census`, … Those of the newest generation. */
  views(): ReadonlyMap<string, PluginView>
}

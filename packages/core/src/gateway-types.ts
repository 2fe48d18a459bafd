import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'
import type { Mode } from './modes.ts'
import type { GatewayOptions } from './options.ts'
import type { PluginInstance } from './plugin.ts'
import type { GatewayStats } from './stats.ts'

/** Where to listen. */
export interface ListenOptions {
  /** Default: `127.0.0.1`. */
  readonly host?: string
  /** 0 takes a free port. Default: 8080. */
  readonly port?: number
}

/** Where a gateway listens. */
export interface ListenAddress {
  /** The address. */
  readonly host: string
  /** The port. */
  readonly port: number
  /** `http://host:port`. */
  readonly url: string
  /** The node:http server, for hosts that need to reach it. */
  readonly server: Server
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

/** A running gateway. Made by `createGateway`; close it when done. */
export interface Gateway {
  /**
   * The hop seat: starts an own server.
   * @throws {GatewayError} GW_LISTEN_FAILED when the address is taken or not allowed.
   */
  listen(options?: ListenOptions): Promise<ListenAddress>
  /** The hop seat in a server of the host's: `http.createServer(gateway.handler)`. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void
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
}

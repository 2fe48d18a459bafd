import type { IncomingMessage } from 'node:http'
import type { Logger, LogLevel } from './logger.ts'
import type { ModeSettings } from './modes.ts'
import type { RoutePluginOptions } from './route-plugin-options.ts'
import type { UpstreamOptions } from './upstream-options.ts'

/** The times of an exchange, in milliseconds. They are separate because one number never serves two purposes. */
export interface Timeouts {
  /** From handing a request to the upstream leg until a connection took it. Default: 5000. */
  readonly connectMs?: number | undefined
  /** Waiting for a place on an endpoint that is at its `concurrencyPerEndpoint`. Default: 100. 0: no waiting. */
  readonly queueMs?: number | undefined
  /**
   * One attempt, from its start until the head of its response; while the client is waited for, the clock stands. Another
   * attempt may follow. Default: 0, no limit.
   */
  readonly attemptMs?: number | undefined
  /** From the end of the request until the head of the response. Default: 60000. 0: no limit. */
  readonly headersMs?: number | undefined
  /** Between two chunks of a body or tunnel, in either direction. SSE and WebSocket live by it. Default: 60000. 0: no limit. */
  readonly idleMs?: number | undefined
  /** The whole exchange, retries included; of a tunnel, until it stands. Default: 0, no limit. */
  readonly totalMs?: number | undefined
  /** How long a plugin may keep an exchange waiting in one hook. Default: 5000. 0: no limit. */
  readonly pluginMs?: number | undefined
}

/** The limits of an exchange. */
export interface Limits {
  /** Bytes of all request header names and values. Above: 431. Default: 16384. At most 65536. */
  readonly requestHeaderBytes?: number | undefined
  /** Number of request header lines. Above: 431. Default: 128. At most 1000. */
  readonly requestHeaderCount?: number | undefined
  /** Length of the request target. Above: 414. Default: 8192. */
  readonly requestTargetBytes?: number | undefined
  /** Bytes of a request body. Above: 413. Default: no limit, bodies stream in constant memory. */
  readonly requestBodyBytes?: number | undefined
  /** Attempts that may run on one endpoint at once. Above, they wait for `queueMs`. Default: 1024. */
  readonly concurrencyPerEndpoint?: number | undefined
  /** Attempts that may wait for one endpoint. Above: 503 with `retry-after`. Default: 256. */
  readonly queuedPerEndpoint?: number | undefined
  /** Attempts for one exchange, the first included. Default: 3. Retries happen only when a plugin asks for one. */
  readonly attempts?: number | undefined
}

/** What to do with paths that two parsers may read differently. */
export interface PathOptions {
  /** `.` and `..` segments, also percent-encoded. `resolve` as RFC 3986 section 5.2.4. Default: `refuse`. */
  readonly dotSegments?: 'refuse' | 'resolve' | undefined
  /** `%2f` inside a segment. Default: `refuse`. */
  readonly encodedSlash?: 'refuse' | 'keep' | undefined
  /** `\` and `%5c`. Default: `refuse`. */
  readonly backslash?: 'refuse' | 'keep' | undefined
  /** Empty segments (`//`). `merge` makes one slash of several. Default: `refuse`. */
  readonly doubleSlash?: 'refuse' | 'merge' | 'keep' | undefined
  /** `;params` in a segment. Default: `keep`. */
  readonly pathParameters?: 'refuse' | 'keep' | undefined
}

/** How plugins behave on one route: by short name, a mode or mode settings beside the plugin's own route options. */
export type RoutePlugins = Readonly<Record<string, RoutePluginSettings | undefined>> & {
  readonly [TName in keyof RoutePluginOptions]?:
    | ModeSettings['mode']
    | (ModeSettings & RoutePluginOptions[TName])
    | undefined
}

/** A mode, or an object with `mode`, `percent`, `except` and whatever the plugin's route options schema accepts. */
export type RoutePluginSettings =
  | ModeSettings['mode']
  | (ModeSettings & { readonly [option: string]: unknown })

/** Settings of the route that stands when no routing plugin does. */
export interface RouteSettings {
  /** Plugins on this route. Default: each as for the whole gateway. */
  readonly plugins?: RoutePlugins | undefined
}

/**
 * In which form an upstream is told who the client is: `x-forwarded` (`X-Forwarded-For`, `-Proto`, `-Host`), `forwarded`
 * (RFC 7239), both, or none. Whatever the form, claims of clients that are not trusted are removed.
 */
export type ForwardedForm = 'both' | 'x-forwarded' | 'forwarded' | 'none'

/**
 * Gives the body of a request that the host's own body parser read before `gateway.handler` got it, decoded: a
 * `content-encoding` of the request is removed. `undefined` when it cannot, and then the request is answered with 500.
 */
export type HostBody = (request: IncomingMessage) => Uint8Array | string | null | undefined

/** What `createGateway` takes beside its plugins. */
export interface GatewayOptions {
  /** The one upstream, `http://host:port[/base]` or with more to say, when no routing plugin chooses. */
  readonly upstream?: string | UpstreamOptions | undefined
  /** A pino logger, or `false` for silence. Default: pino on standard output. */
  readonly logger?: Logger | false | undefined
  /** Level of the default logger. Not for a logger of your own: set its level there. Default: `info`. */
  readonly logLevel?: LogLevel | undefined
  /** Times of every route that does not set its own. */
  readonly timeouts?: Timeouts | undefined
  /** Limits of every route that does not set its own. */
  readonly limits?: Limits | undefined
  /** What to do with ambiguous paths. */
  readonly paths?: PathOptions | undefined
  /**
   * Addresses and CIDR ranges whose `X-Forwarded-*`, `Forwarded` and request id are believed and extended; `unix` stands
   * for everybody on a unix socket. From all others they are replaced. Default: none.
   */
  readonly trustedProxies?: readonly string[] | undefined
  /** How an upstream is told who the client is. Default: `both`. */
  readonly forwarded?: ForwardedForm | undefined
  /**
   * Header that carries `exchange.id` to upstreams and back to clients, such as `x-request-id`. A trusted caller's value
   * (see `trustedProxies`) becomes the id, all others are replaced. Default: none.
   */
  readonly requestIdHeader?: string | undefined
  /**
   * Response header that tells the gateway's own time: `server-timing` in its own form
   * (`gateway;dur=0.4, upstream;dur=12.1`), any other as milliseconds. Default: none.
   */
  readonly timingHeader?: string | undefined
  /** Protocols that a client may switch to with `Upgrade`. Requests for others go on without. Default: `websocket` alone. */
  readonly upgrades?: readonly string[] | undefined
  /** For `gateway.handler` behind a body parser of the host's: gives the body that was read. Default: none. */
  readonly hostBody?: HostBody | undefined
  /** Name of this gateway in `Via`, by which it recognises its own loops. Default: `postern-` and 8 random hex digits. */
  readonly via?: string | undefined
  /** The default route. */
  readonly route?: RouteSettings | undefined
}

/** Times with every default filled in. */
export type ResolvedTimeouts = { readonly [K in keyof Timeouts]-?: number }
/** Limits with every default filled in. */
export type ResolvedLimits = { readonly [K in keyof Limits]-?: number }
/** The limits of a request's head. */
export type HeadLimits = Pick<
  ResolvedLimits,
  'requestHeaderBytes' | 'requestHeaderCount' | 'requestTargetBytes'
>
/** Path options with every default filled in. */
export type ResolvedPathOptions = { readonly [K in keyof PathOptions]-?: NonNullable<PathOptions[K]> }

/** Default times. */
export const DEFAULT_TIMEOUTS: ResolvedTimeouts = Object.freeze({
  connectMs: 5_000,
  queueMs: 100,
  attemptMs: 0,
  headersMs: 60_000,
  idleMs: 60_000,
  totalMs: 0,
  pluginMs: 5_000,
})

/** Default limits. */
export const DEFAULT_LIMITS: ResolvedLimits = Object.freeze({
  requestHeaderBytes: 16_384,
  requestHeaderCount: 128,
  requestTargetBytes: 8_192,
  requestBodyBytes: Number.POSITIVE_INFINITY,
  concurrencyPerEndpoint: 1_024,
  queuedPerEndpoint: 256,
  attempts: 3,
})

/** Default path options: whatever is ambiguous is refused. */
export const DEFAULT_PATHS: ResolvedPathOptions = Object.freeze({
  dotSegments: 'refuse',
  encodedSlash: 'refuse',
  backslash: 'refuse',
  doubleSlash: 'refuse',
  pathParameters: 'keep',
})

/** Fills a partial settings object from complete ones; keys that are `undefined` count as absent. */
export function withDefaults<TFull extends object>(
  given: { readonly [K in keyof TFull]?: TFull[K] | undefined } | undefined,
  defaults: TFull,
): TFull {
  const full = { ...defaults }
  for (const key in given) if (given[key] !== undefined) full[key] = given[key]
  return full
}

import * as v from 'valibot'
import { LOG_LEVELS, type Logger, type LogLevel } from './logger.ts'
import type { ModeSettings } from './modes.ts'
import { MODES } from './modes.ts'
import type { OptionsSchema } from './schema.ts'

/** The times of an exchange, in milliseconds. They are separate because one number never serves two purposes. */
export interface Timeouts {
  /** From handing a request to the upstream leg until a connection took it. Default: 5000. */
  readonly connectMs?: number | undefined
  /** From the end of the request until the head of the response. Default: 60000. 0: no limit. */
  readonly headersMs?: number | undefined
  /** Between two chunks of a body, in either direction. SSE and long polls live by this one. Default: 60000. 0: no limit. */
  readonly idleMs?: number | undefined
  /** The whole exchange, retries included. Default: 0, no limit. */
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
  /** Attempts that may run on one endpoint at once. Above: 503 with `retry-after`. Default: 1024. */
  readonly concurrencyPerEndpoint?: number | undefined
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
export type RoutePlugins = Readonly<Record<string, RoutePluginSettings>>

/** A mode, or an object with `mode`, `percent`, `except` and whatever the plugin's route options schema accepts. */
export type RoutePluginSettings =
  | ModeSettings['mode']
  | (ModeSettings & { readonly [option: string]: unknown })

/** Settings of the route that stands when no routing plugin does. */
export interface RouteSettings {
  /** Plugins on this route. Default: each as for the whole gateway. */
  readonly plugins?: RoutePlugins | undefined
}

/** What `createGateway` takes beside its plugins. */
export interface GatewayOptions {
  /** The one upstream, `http://host:port[/base]`, when no routing plugin chooses. */
  readonly upstream?: string | undefined
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
   * Addresses and CIDR ranges whose `X-Forwarded-*` are believed and extended. From all others they are replaced.
   * Default: none.
   */
  readonly trustedProxies?: readonly string[] | undefined
  /** Name of this gateway in `Via`, by which it recognises its own loops. Default: `postern-` and 8 random hex digits. */
  readonly via?: string | undefined
  /** The default route. */
  readonly route?: RouteSettings | undefined
}

/** Times with every default filled in. */
export type ResolvedTimeouts = { readonly [K in keyof Timeouts]-?: number }
/** Limits with every default filled in. */
export type ResolvedLimits = { readonly [K in keyof Limits]-?: number }
/** Path options with every default filled in. */
export type ResolvedPathOptions = { readonly [K in keyof PathOptions]-?: NonNullable<PathOptions[K]> }

/** Default times. */
export const DEFAULT_TIMEOUTS: ResolvedTimeouts = Object.freeze({
  connectMs: 5_000,
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

const ms = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2_147_483_647)))
const atLeast = (least: number, most: number) =>
  v.optional(v.pipe(v.number(), v.minValue(least), v.maxValue(most)))

const timeouts = v.strictObject({
  connectMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2_147_483_647))),
  headersMs: ms,
  idleMs: ms,
  totalMs: ms,
  pluginMs: ms,
})

const limits = v.strictObject({
  requestHeaderBytes: atLeast(256, 65_536),
  requestHeaderCount: atLeast(1, 1_000),
  requestTargetBytes: atLeast(1, 65_536),
  requestBodyBytes: atLeast(0, Number.POSITIVE_INFINITY),
  concurrencyPerEndpoint: atLeast(1, 1_000_000),
  attempts: atLeast(1, 10),
})

const modeEntries = {
  mode: v.optional(v.picklist(MODES)),
  percent: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
  except: v.optional(v.record(v.string(), v.picklist(MODES))),
}

const routePlugins = v.record(v.string(), v.union([v.picklist(MODES), v.looseObject(modeEntries)]))

const isLogger = (input: unknown): boolean =>
  input === false ||
  (typeof input === 'object' && input !== null && typeof (input as Logger).child === 'function')

/** Schema of `Timeouts`, for plugins whose routes have times of their own. */
export const timeoutsSchema: OptionsSchema<Timeouts> = timeouts
/** Schema of `Limits`, for plugins whose routes have limits of their own. */
export const limitsSchema: OptionsSchema<Limits> = limits
/** Schema of `RoutePlugins`, for plugins that define routes. */
export const routePluginsSchema: OptionsSchema<RoutePlugins> = routePlugins
/** Schema of `ModeSettings`. */
export const modeSettingsSchema: OptionsSchema<ModeSettings> = v.strictObject(modeEntries)

/** Schema of `GatewayOptions`. */
export const gatewayOptionsSchema: OptionsSchema<GatewayOptions> = v.strictObject({
  upstream: v.optional(v.string()),
  logger: v.optional(v.custom<Logger | false>(isLogger, 'Expected a pino logger or false')),
  logLevel: v.optional(v.picklist(LOG_LEVELS)),
  timeouts: v.optional(timeouts),
  limits: v.optional(limits),
  paths: v.optional(
    v.strictObject({
      dotSegments: v.optional(v.picklist(['refuse', 'resolve'])),
      encodedSlash: v.optional(v.picklist(['refuse', 'keep'])),
      backslash: v.optional(v.picklist(['refuse', 'keep'])),
      doubleSlash: v.optional(v.picklist(['refuse', 'merge', 'keep'])),
      pathParameters: v.optional(v.picklist(['refuse', 'keep'])),
    }),
  ),
  trustedProxies: v.optional(v.array(v.string())),
  via: v.optional(
    v.pipe(v.string(), v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'Expected a token (RFC 9110 section 5.6.2)')),
  ),
  route: v.optional(v.strictObject({ plugins: v.optional(routePlugins) })),
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

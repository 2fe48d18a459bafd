/** Schemas of everything in `options.ts`. */
import * as v from 'valibot'
import { LOG_LEVELS, type Logger } from './logger.ts'
import { MODES, type ModeSettings } from './modes.ts'
import { described, optionsOf } from './option-docs.ts'
import type { GatewayOptions, HostBody, Limits, RoutePlugins, Timeouts } from './options.ts'
import type { OptionsSchema } from './schema.ts'
import type { UpstreamOptions, UpstreamTls } from './upstream-options.ts'

const ms = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2_147_483_647)))
const atLeast = (least: number, most: number) =>
  v.optional(v.pipe(v.number(), v.minValue(least), v.maxValue(most)))

const timeouts = optionsOf('Timeouts', {
  connectMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2_147_483_647))),
  queueMs: ms,
  attemptMs: ms,
  headersMs: ms,
  idleMs: ms,
  totalMs: ms,
  pluginMs: ms,
})

const limits = optionsOf('Limits', {
  requestHeaderBytes: atLeast(256, 65_536),
  requestHeaderCount: atLeast(1, 1_000),
  requestTargetBytes: atLeast(1, 65_536),
  requestBodyBytes: atLeast(0, Number.POSITIVE_INFINITY),
  concurrencyPerEndpoint: atLeast(1, 1_000_000),
  queuedPerEndpoint: atLeast(0, 1_000_000),
  attempts: atLeast(1, 10),
})

export const pemSchema = v.union([v.string(), v.instance(Uint8Array)])
export const tlsVersionSchema = v.picklist(['TLSv1.2', 'TLSv1.3'])

const upstreamTls = v.pipe(
  optionsOf('UpstreamTls', {
    ca: v.optional(v.union([pemSchema, v.array(pemSchema)])),
    cert: v.optional(pemSchema),
    key: v.optional(pemSchema),
    passphrase: v.optional(v.string()),
    servername: v.optional(v.string()),
    minVersion: v.optional(tlsVersionSchema),
    verify: v.optional(v.boolean()),
  }),
  v.check((tls) => (tls.cert === undefined) === (tls.key === undefined), 'cert and key belong together'),
)

const upstream = optionsOf('UpstreamOptions', {
  url: v.string(),
  protocol: v.optional(v.picklist(['http1', 'http2'])),
  socketPath: v.optional(v.pipe(v.string(), v.minLength(1, 'Expected a path'))),
  tls: v.optional(upstreamTls),
})

const modeEntries = described('ModeSettings', {
  mode: v.optional(v.picklist(MODES)),
  percent: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
  except: v.optional(v.record(v.string(), v.picklist(MODES))),
})

/** What a plugin takes on a route, only the plugin knows; `gw schema` fills it in where it finds the mark. */
const routePlugins = v.pipe(
  v.record(v.string(), v.union([v.picklist(MODES), v.looseObject(modeEntries)])),
  v.metadata({ 'x-postern': 'route-plugins' }),
)

const isLogger = (input: unknown): boolean =>
  typeof input === 'object' && input !== null && typeof (input as Logger).child === 'function'

/** Beside a schema of what only code can give: JSON Schema for "nothing fits". */
const NOT_IN_JSON = { not: {} }

const logger = v.union(
  [v.literal(false), v.pipe(v.custom<Logger>(isLogger), v.metadata(NOT_IN_JSON))],
  'Expected a pino logger or false',
)
const hostBody = v.pipe(
  v.custom<HostBody>((input) => typeof input === 'function', 'Expected a function'),
  v.metadata(NOT_IN_JSON),
)

/** Schema of `Timeouts`, for plugins whose routes have times of their own. */
export const timeoutsSchema: OptionsSchema<Timeouts> = timeouts
/** Schema of `Limits`, for plugins whose routes have limits of their own. */
export const limitsSchema: OptionsSchema<Limits> = limits
/** Schema of `RoutePlugins`, for plugins that define routes. */
export const routePluginsSchema: OptionsSchema<RoutePlugins> = routePlugins
/** Schema of `ModeSettings`. */
export const modeSettingsSchema: OptionsSchema<ModeSettings> = v.strictObject(modeEntries)

const token = v.pipe(
  v.string(),
  v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'Expected a token (RFC 9110 section 5.6.2)'),
)

/** A header of the gateway's own cannot be one by which HTTP itself works. */
const ownHeader = v.pipe(
  token,
  v.toLowerCase(),
  v.check((name) => !RESERVED.has(name), 'Expected a header that HTTP does not use for itself'),
)
const RESERVED = new Set([
  'connection',
  'content-length',
  'content-encoding',
  'content-type',
  'transfer-encoding',
  'host',
  'te',
  'trailer',
  'upgrade',
  'via',
  'cookie',
  'set-cookie',
  'authorization',
])

/** With `h2c` a client would speak to the upstream behind the back of every guard. */
const upgrade = v.pipe(
  token,
  v.toLowerCase(),
  v.check((name) => name !== 'h2c' && name !== 'h2', 'Expected a protocol other than HTTP/2'),
)

/** Schema of `UpstreamTls`, for plugins that define endpoints. */
export const upstreamTlsSchema: OptionsSchema<UpstreamTls> = upstreamTls
/** Schema of `UpstreamOptions`, for plugins that define endpoints. */
export const upstreamOptionsSchema: OptionsSchema<UpstreamOptions> = upstream

/** Schema of `GatewayOptions`. */
export const gatewayOptionsSchema: OptionsSchema<GatewayOptions> = optionsOf('GatewayOptions', {
  upstream: v.optional(v.union([v.string(), upstream])),
  logger: v.optional(logger),
  logLevel: v.optional(v.picklist(LOG_LEVELS)),
  timeouts: v.optional(timeouts),
  limits: v.optional(limits),
  paths: v.optional(
    optionsOf('PathOptions', {
      dotSegments: v.optional(v.picklist(['refuse', 'resolve'])),
      encodedSlash: v.optional(v.picklist(['refuse', 'keep'])),
      backslash: v.optional(v.picklist(['refuse', 'keep'])),
      doubleSlash: v.optional(v.picklist(['refuse', 'merge', 'keep'])),
      pathParameters: v.optional(v.picklist(['refuse', 'keep'])),
    }),
  ),
  trustedProxies: v.optional(v.array(v.string())),
  forwarded: v.optional(v.picklist(['both', 'x-forwarded', 'forwarded', 'none'])),
  requestIdHeader: v.optional(ownHeader),
  timingHeader: v.optional(ownHeader),
  upgrades: v.optional(v.array(upgrade)),
  hostBody: v.optional(hostBody),
  via: v.optional(token),
  route: v.optional(optionsOf('RouteSettings', { plugins: v.optional(routePlugins) })),
})

import { GatewayError } from '../errors.ts'
import { TrustList } from '../headers/trust.ts'
import { type HopRules, viaOf } from '../hop-rules.ts'
import { randomSuffix } from '../ids.ts'
import { defaultLogger, type Logger, type LogLevel, silentLogger } from '../logger.ts'
import {
  DEFAULT_LIMITS,
  DEFAULT_PATHS,
  DEFAULT_TIMEOUTS,
  type GatewayOptions,
  type HostBody,
  type ResolvedLimits,
  type ResolvedPathOptions,
  type ResolvedTimeouts,
  type RoutePlugins,
  withDefaults,
} from '../options.ts'
import { gatewayOptionsSchema } from '../options-schema.ts'
import type { UpstreamOptions } from '../upstream-options.ts'
import { validate } from './validate.ts'

/** Gateway options, checked and with every default filled in. */
export interface GatewaySettings {
  readonly upstream: UpstreamOptions | undefined
  readonly logger: Logger
  /** Level of the default logger; `undefined` when the logger was given. */
  readonly logLevel: LogLevel | undefined
  readonly timeouts: ResolvedTimeouts
  readonly limits: ResolvedLimits
  readonly paths: ResolvedPathOptions
  readonly trust: TrustList
  /** Pseudonym in `Via`. */
  readonly pseudonym: string
  /** What the gateway adds to what it passes on. */
  readonly hop: HopRules
  readonly upgrades: readonly string[]
  readonly hostBody: HostBody | null
  readonly routePlugins: RoutePlugins
}

/** What a reload keeps when its options do not say otherwise. */
export type KeptSettings = Pick<GatewaySettings, 'logger' | 'logLevel' | 'pseudonym'>

/**
 * Checks gateway options.
 * @param kept of the generation before: a gateway keeps its name, by which it knows its own loops, and its logger.
 * @throws {GatewayError} GW_OPTIONS_INVALID.
 */
export function resolveSettings(given: GatewayOptions, kept?: KeptSettings): GatewaySettings {
  const options = validate(gatewayOptionsSchema, given, {
    code: 'GW_OPTIONS_INVALID',
    what: 'gateway options',
  })
  const pseudonym = options.via ?? kept?.pseudonym ?? `postern-${randomSuffix()}`
  return {
    upstream: typeof options.upstream === 'string' ? { url: options.upstream } : options.upstream,
    ...resolveLogger(options, kept),
    timeouts: withDefaults(options.timeouts, DEFAULT_TIMEOUTS),
    limits: withDefaults(options.limits, DEFAULT_LIMITS),
    paths: withDefaults(options.paths, DEFAULT_PATHS),
    trust: trustList(options.trustedProxies ?? [], 'trustedProxies'),
    pseudonym,
    hop: {
      via: viaOf(pseudonym),
      forwarded: options.forwarded ?? 'both',
      requestIdHeader: options.requestIdHeader ?? '',
      timingHeader: options.timingHeader ?? '',
    },
    upgrades: options.upgrades ?? ['websocket'],
    hostBody: options.hostBody ?? null,
    routePlugins: options.route?.plugins ?? {},
  }
}

function resolveLogger(
  options: GatewayOptions,
  kept: KeptSettings | undefined,
): Pick<GatewaySettings, 'logger' | 'logLevel'> {
  if (options.logger === false) return { logger: silentLogger, logLevel: undefined }
  if (options.logger) return { logger: options.logger, logLevel: undefined }
  const logLevel = options.logLevel ?? kept?.logLevel ?? 'info'
  const keeps = kept && (options.logLevel === undefined || kept.logLevel === logLevel)
  return keeps
    ? { logger: kept.logger, logLevel: kept.logLevel }
    : { logger: defaultLogger(logLevel), logLevel }
}

/**
 * Reads a list of addresses.
 * @throws {GatewayError} GW_OPTIONS_INVALID, naming the option.
 */
export function trustList(entries: readonly string[], option: string): TrustList {
  try {
    return new TrustList(entries)
  } catch (error) {
    throw new GatewayError('GW_OPTIONS_INVALID', {
      message: `${option}: ${(error as Error).message}`,
      cause: error,
    })
  }
}

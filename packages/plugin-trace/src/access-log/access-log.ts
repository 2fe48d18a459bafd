/** One line per exchange, always, whatever ended it. */
import type { Exchange, Logger, Metric, PluginHost } from '@postern/core'
import { counter, point } from '@postern/core/metrics'
import { serviceOf } from '../attributes.ts'
import type { ExchangeTrace } from '../exchange-trace.ts'
import { isChosen } from '../sampling.ts'
import { accessLine, type LineSettings } from './fields.ts'
import { FORMATS, type LineFormat } from './formats.ts'
import { headerNames } from './header-names.ts'
import { SCHEMA_VERSION } from './line.ts'
import { LogFile, type LogFileSettings } from './log-file.ts'
import type { ResolvedAccessLogOptions } from './options.ts'
import { lostLine, type Outlet, toFile, toLogger } from './outlet.ts'

/** Writes the lines of one generation. */
export class AccessLog {
  readonly #options: ResolvedAccessLogOptions
  readonly #format: LineFormat
  readonly #settings: LineSettings
  readonly #logger: Logger
  readonly #file: LogFile | null
  /** By route and service: a route may lead to several. */
  readonly #outlets = new Map<string, Map<string, Outlet>>()

  /** @throws {Error} when the destination cannot be written. */
  constructor(host: Pick<PluginHost<undefined>, 'keep' | 'logger'>, options: ResolvedAccessLogOptions) {
    const { format, path, requestHeaders, responseHeaders } = options
    this.#options = options
    this.#format = FORMATS[format]
    this.#settings = {
      path,
      requestHeaders: headerNames(requestHeaders),
      responseHeaders: headerNames(responseHeaders),
    }
    this.#logger = host.logger
    this.#file = this.#openFile(host)
  }

  /** How many lines were lost; a logger does not tell. */
  metrics(): readonly Metric[] {
    if (this.#file === null) return []
    const attributes = { 'log.file.path': String(this.#options.destination) }
    return [
      counter(
        'postern.access_log.lost',
        '{line}',
        'Lines of the access log that its destination did not take in time',
        [point(attributes, this.#file.lost)],
      ),
    ]
  }

  /** Leaves the line of an exchange, unless it is left out by `sampleRatio`. */
  write(exchange: Exchange, trace: ExchangeTrace): void {
    const { sampleRatio } = this.#options
    if (sampleRatio < 1 && !isChosen(trace.traceId, sampleRatio) && !this.#isNotable(exchange)) return
    const line = accessLine(exchange, trace, this.#settings)
    this.#outlet(exchange).write(this.#format.line(line))
  }

  /** Errors and slow exchanges are what a log is read for: they are not left out. */
  #isNotable({ error, status, startedMs, finishedMs }: Exchange): boolean {
    return error !== null || status >= 500 || finishedMs - startedMs >= this.#options.slowMs
  }

  #outlet(exchange: Exchange): Outlet {
    const route = exchange.route?.id ?? ''
    const service = serviceOf(exchange)
    const known = this.#outlets.get(route)?.get(service)
    if (known) return known
    const outlet = this.#makeOutlet(route, service, exchange.generation)
    const ofRoute = this.#outlets.get(route) ?? new Map<string, Outlet>()
    this.#outlets.set(route, ofRoute.set(service, outlet))
    return outlet
  }

  #makeOutlet(route: string, service: string, generation: number): Outlet {
    const common = this.#format.common({
      v: SCHEMA_VERSION,
      route: route || undefined,
      service: service || undefined,
      generation,
    })
    if (this.#file === null) return toLogger(this.#logger, common)
    return toFile(this.#file, this.#format, this.#options.name, common)
  }

  /** The file outlives reloads, as what waits to be written must. Each of them opens it anew. */
  #openFile(host: Pick<PluginHost<undefined>, 'keep'>): LogFile | null {
    const { destination, maxBufferBytes, name } = this.#options
    if (destination === undefined) return null
    const logger = this.#logger
    const settings: LogFileSettings = {
      maxBufferBytes,
      lostLine: (lines) => lostLine(this.#format, name, lines),
      onLoss: (reason) => logger.warn({ destination, reason }, 'Access-log lines are being lost'),
      onRecovery: (lost) => logger.warn({ destination, lost }, 'Access-log lines were lost'),
    }
    const file = host.keep(`access log ${destination}`, () => new LogFile(destination, settings))
    file.reload(settings)
    return file
  }
}

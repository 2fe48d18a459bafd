/** The logger of a gateway that `gw` runs: JSON lines, or lines for people, with the number of the worker in each. */
import { defaultLogger, type GatewayOptions } from '@postern/core'
import { prettyLogger } from './pretty.ts'

/** How lines are written. */
export interface LogOptions {
  /** For people, or as JSON. */
  readonly log: 'pretty' | 'json'
  /** Number of the worker; `undefined` without workers. */
  readonly worker?: number | undefined
}

/** The options with that logger. One of the configuration's own keeps its form, and `false` stays silent. */
export function withLogger(options: GatewayOptions, { log, worker }: LogOptions): GatewayOptions {
  const { logger, logLevel = 'info', ...others } = options
  const bound = worker === undefined ? {} : { worker }
  if (logger === false) return options
  if (logger) return worker === undefined ? options : { ...others, logger: logger.child(bound) }
  if (log === 'pretty') return { ...others, logger: prettyLogger(logLevel, bound) }
  return { ...others, logger: defaultLogger(logLevel).child(bound) }
}

import type { LiveExchange } from './live-exchange.ts'
import type { Logger } from './logger.ts'

/** What an operator has to see: our own faults as errors, an upstream's as warnings, a client's only when asked for. */
export function logFailure({ error, id, route }: LiveExchange, logger: Logger): void {
  if (!error) return
  const fields = { code: error.code, exchangeId: id, route: route?.id, plugin: error.plugin, err: error }
  if (error.source === 'client') logger.debug(fields, error.message)
  else if (error.source === 'upstream') logger.warn(fields, error.message)
  else logger.error(fields, error.message)
}

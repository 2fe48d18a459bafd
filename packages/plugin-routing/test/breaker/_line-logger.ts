import type { Logger } from '@postern/core'

/** A logger that keeps the message of every line. */
export function lineLogger(lines: string[]): Logger {
  const log = (_fields: object, message: string): void => void lines.push(message)
  const logger: Logger = { debug: log, info: log, warn: log, error: log, child: () => logger }
  return logger
}

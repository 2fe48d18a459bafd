import { type Logger as PinoLogger, pino } from 'pino'

/** What the gateway logs through. A pino logger is one; so is anything with the same four methods and `child`. */
export interface Logger {
  /** Detail for debugging. */
  debug(fields: object, message: string): void
  /** What an operator wants to see in normal times. */
  info(fields: object, message: string): void
  /** What went wrong but was handled. */
  warn(fields: object, message: string): void
  /** What needs somebody's eyes. */
  error(fields: object, message: string): void
  /** A logger that adds fields to every line. */
  child(fields: Record<string, unknown>): Logger
}

/** Levels, quietest last. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** All levels. */
export const LOG_LEVELS: readonly LogLevel[] = Object.freeze(['debug', 'info', 'warn', 'error'])

/** The logger of a gateway that was given none: pino, JSON lines on standard output. */
export function defaultLogger(level: LogLevel): PinoLogger {
  return pino({ name: 'postern', level })
}

/** A logger that says nothing, for `logger: false`. */
export const silentLogger: Logger = Object.freeze({
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
})

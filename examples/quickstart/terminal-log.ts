/** A logger for people: one short line per exchange, and warnings. `LOG=json` gives pino's JSON lines instead. */
import { styleText } from 'node:util'
import type { Logger } from '@postern/core'

/** What the line needs of the access log that plugin-trace writes. */
interface ExchangeFields {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly durationMs: number
  readonly traceId: string
  readonly route?: string
  readonly error?: string
}

/** Writes to standard output. */
export function terminalLogger(bound: Record<string, unknown> = {}): Logger {
  const problem = (level: 'yellow' | 'red', fields: object, message: string): void => {
    const { code } = fields as { readonly code?: string }
    console.log(`${clock()}  ${styleText(level, code === undefined ? message : `${code} ${message}`)}`)
  }
  return {
    debug() {},
    info(fields, message) {
      if (message !== 'exchange') return
      const all: object = { ...bound, ...fields }
      console.log(exchangeLine(all as ExchangeFields))
    },
    warn: (fields, message) => problem('yellow', fields, message),
    error: (fields, message) => problem('red', fields, message),
    child: (fields) => terminalLogger({ ...bound, ...fields }),
  }
}

function exchangeLine({ method, path, status, durationMs, traceId, route, error }: ExchangeFields): string {
  const colour = status < 400 ? 'green' : status < 500 ? 'yellow' : 'red'
  const what = `${method} ${path}`.padEnd(22)
  const ms = `${durationMs.toFixed(1)} ms`.padStart(9)
  const who = (route ?? '-').padEnd(10)
  return `${clock()}  ${styleText(colour, String(status))}  ${what} ${ms}  ${who} trace ${traceId}  ${error ?? ''}`.trimEnd()
}

function clock(): string {
  return new Date().toTimeString().slice(0, 8)
}

/** Log lines for people at a terminal. Programs get JSON; `gw start | pino-pretty` shows that in another way. */
import { LOG_LEVELS, type Logger, type LogLevel } from '@postern/core'
import { clock } from '../output.ts'
import { ms, paint, printable, type Tone, toneOf } from '../trace/text.ts'

type Fields = Readonly<Record<string, unknown>>

const TONES: Readonly<Record<LogLevel, Tone>> = { debug: 'dim', info: 'green', warn: 'yellow', error: 'red' }
/** What a line of an exchange says in a form of its own, or what is of use to programs only. */
const SPOKEN: ReadonlySet<string> = new Set([
  ...[
    'v',
    'generation',
    'method',
    'path',
    'status',
    'durationMs',
    'gatewayMs',
    'upstreamMs',
    'seat',
    'traceId',
  ],
  ...['spanId', 'parentSpanId', 'exchangeId', 'attemptSpanIds', 'sampled', 'callerKind', 'httpVersion'],
  ...['requestBytes', 'responseBytes', 'requestType', 'responseType', 'route', 'service', 'caller'],
])

/** A logger that writes them. */
export function prettyLogger(
  level: LogLevel,
  bound: Fields,
  write: (line: string) => void = (line) => void process.stdout.write(line),
): Logger {
  const at = (own: LogLevel) => (fields: object, message: string) => {
    if (LOG_LEVELS.indexOf(own) < LOG_LEVELS.indexOf(level)) return
    write(`${lineOf(own, { ...bound, ...fields }, message, new Date())}\n`)
  }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => prettyLogger(level, { ...bound, ...fields }, write),
  }
}

/** One line; with an error's stack below it. */
export function lineOf(level: LogLevel, fields: Fields, message: string, now: Date): string {
  const { worker, plugin, err, ...others } = fields
  const isExchange = message === 'exchange' && typeof others['method'] === 'string'
  const parts = [
    paint('dim', clock(now)),
    paint(TONES[level], level.toUpperCase().padEnd(5)),
    worker === undefined ? '' : paint('cyan', `w${text(worker)}`),
    isExchange || plugin === undefined ? '' : paint('dim', text(plugin).replace(/^@[^/]*\/plugin-/, '')),
    isExchange ? exchangeWords(others) : printable(message),
    ...Object.entries(others)
      .filter(([key, value]) => value !== undefined && !(isExchange && SPOKEN.has(key)))
      .map(([key, value]) => paint('dim', `${printable(key)}=${text(value)}`)),
  ]
  return parts.filter((part) => part !== '').join(' ') + errorLines(err)
}

/** `GET /orders/7 200 12.3 ms, orders for svc-checkout`. */
function exchangeWords({
  method,
  path,
  status,
  durationMs,
  route,
  service,
  caller,
  traceId,
}: Fields): string {
  const code = typeof status === 'number' ? status : 0
  const time = typeof durationMs === 'number' ? ` ${ms(durationMs)} ms` : ''
  const target = [route, service].filter(
    (name, index, all) => name !== undefined && all.indexOf(name) === index,
  )
  const rest = [
    ...(target.length > 0 ? [target.map(text).join(' → ')] : []),
    ...(caller === undefined ? [] : [`for ${text(caller)}`]),
    ...(typeof traceId === 'string' ? [paint('dim', `trace ${printable(traceId.slice(0, 8))}`)] : []),
  ]
  return `${text(method)} ${text(path ?? '')} ${paint(toneOf(code), String(code))}${time}  ${rest.join(', ')}`.trimEnd()
}

function errorLines(error: unknown): string {
  if (error === undefined) return ''
  const stack = error instanceof Error ? (error.stack ?? error.message) : text(error)
  return `\n${stack
    .split('\n')
    .map((line) => `    ${printable(line)}`)
    .join('\n')}`
}

function text(value: unknown): string {
  return printable(typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)))
}

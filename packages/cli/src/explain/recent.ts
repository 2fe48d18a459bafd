/** What recent exchanges of a running gateway met: the view `exchanges`, for people. */
import { AdminError, workersIn } from '../admin/client.ts'
import { table } from '../output.ts'
import { jsonText, ms, paint, printable, toneOf } from '../trace/text.ts'

/** An exchange as the view gives it; what does not apply is not there. */
interface RecentExchange {
  readonly startedAt: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly seat: string
  readonly listener?: string
  readonly caller?: string
  readonly auth?: string
  readonly method: string
  readonly path?: string
  readonly route?: string
  readonly service?: string
  readonly alias?: string
  readonly generation: number
  readonly status: number
  readonly error?: string
  readonly closedBy?: string
  readonly durationMs: number
  readonly gatewayMs: number
  readonly queueMs?: number
  readonly upstreamMs?: number
  readonly verdicts: readonly {
    readonly plugin: string
    readonly mode: string
    readonly decision: string
    readonly reason: string
    readonly tookUs?: number
  }[]
  readonly attempts: readonly {
    readonly number: number
    readonly endpoint?: string
    readonly why?: string
    readonly status?: number
    readonly error?: string
    readonly durationMs: number
  }[]
}

interface RecentView {
  readonly exchanges?: readonly RecentExchange[]
  readonly problem?: string
}

type Row = readonly [name: string, values: readonly string[]]

/**
 * @returns `undefined` where there is none.
 * @throws {AdminError} with the gateway's words about the query.
 */
export function recentText(answer: unknown, isJson: boolean): string | undefined {
  const found = workersIn<RecentView | null>(answer).flatMap(({ worker, data }) =>
    (data?.exchanges ?? []).map((exchange) => ({ worker, exchange })),
  )
  if (found.length === 0) {
    const problem = workersIn<RecentView | null>(answer)[0]?.data?.problem
    if (problem !== undefined) throw new AdminError(`The gateway cannot look for it: ${problem}`)
    return undefined
  }
  if (isJson)
    return jsonText(
      found.map(({ worker, exchange }) => (worker === undefined ? exchange : { worker, ...exchange })),
    )
  return found
    .toSorted((a, b) => a.exchange.startedAt.localeCompare(b.exchange.startedAt))
    .map(({ worker, exchange }) => exchangeText(exchange, worker))
    .join('\n\n')
}

function exchangeText(exchange: RecentExchange, worker: number | undefined): string {
  const { method, path = '(no path kept)', status, error } = exchange
  const head = `${printable(`${method} ${path}`)}  ${paint(toneOf(status), [status, error].filter(Boolean).join(' '))}`
  const rows = [...factRows(exchange, worker), ...guardRows(exchange), ...attemptRows(exchange)]
  return `${head}\n\n${table(rows.map(([name, values]): Row => [name, values.map(printable)]))}`
}

function factRows(exchange: RecentExchange, worker: number | undefined): Row[] {
  const { route, service, alias, caller, auth, seat, listener, closedBy } = exchange
  const times = [
    `${ms(exchange.durationMs)} ms`,
    `gateway ${ms(exchange.gatewayMs)}`,
    exchange.queueMs === undefined ? '' : `queue ${ms(exchange.queueMs)}`,
    exchange.upstreamMs === undefined ? '' : `upstream ${ms(exchange.upstreamMs)}`,
  ].filter((part) => part !== '')
  const from = [
    seat,
    listener && `listener ${listener}`,
    worker && `worker ${worker}`,
    `generation ${exchange.generation}`,
  ]
  return [
    ['started', [exchange.startedAt]],
    [
      'trace',
      [
        `${exchange.traceId}  span ${exchange.spanId}${exchange.parentSpanId === undefined ? '' : ` below ${exchange.parentSpanId}`}`,
      ],
    ],
    ['seen by', [from.filter(Boolean).join(', ')]],
    ['caller', [`${caller ?? 'unknown'}${auth === undefined ? '' : ` (${auth})`}`]],
    ['route', [route === undefined ? 'none' : `${route}${service === undefined ? '' : ` to ${service}`}`]],
    ...(alias === undefined ? [] : [['old name', [alias]] as const]),
    ['times', [times.join(', ')]],
    ...(closedBy === undefined ? [] : [['closed by', [closedBy]] as const]),
  ]
}

function guardRows({ verdicts }: RecentExchange): Row[] {
  if (verdicts.length === 0) return []
  return [
    [
      'guards',
      verdicts.map(({ plugin, mode, decision, reason, tookUs }) =>
        [plugin, `${mode}: ${decision}`, reason, tookUs === undefined ? '' : `${tookUs} µs`]
          .filter((part) => part !== '')
          .join('  '),
      ),
    ],
  ]
}

function attemptRows({ attempts }: RecentExchange): Row[] {
  if (attempts.length === 0) return [['attempts', ['none: nothing was sent']]]
  return [
    [
      'attempts',
      attempts.map(({ number, endpoint = '', why, status, error, durationMs }) =>
        [
          `${number}. ${endpoint}`,
          String(error ?? status ?? ''),
          `${ms(durationMs)} ms`,
          why ? `(${why})` : '',
        ]
          .filter((part) => part !== '')
          .join('  '),
      ),
    ],
  ]
}

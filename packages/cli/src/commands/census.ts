import type { AuthReport, CensusRow } from '@postern/plugin-auth'
import type { ExchangeRecord } from '@postern/plugin-trace/reconstruct'
import { neededPage, workersIn } from '../admin/client.ts'
import { UsageError } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { type AskingOptions, clientFor } from '../live/asking.ts'
import { print } from '../output.ts'
import { percent } from '../trace/graph.ts'
import { columns, jsonText, moment } from '../trace/text.ts'
import { readLogs, sayFaults } from './read-logs.ts'

/** Options of `gw census`. */
export interface CensusOptions extends AskingOptions {
  /** Print the policy that would let in whoever came. */
  readonly draft?: true
}

/** Requests of one caller on one route that proved itself in one way, and had one end. */
interface CensusLine {
  readonly caller: string
  /** `service`, `user`, `address`, or what a census calls a caller whom nobody verified. */
  readonly kind: string
  readonly route: string
  /** What came: a scheme, or the form of credentials. */
  readonly credentials: string
  /** Error code of the refusal; empty where it passes. */
  readonly reason: string
  readonly requests: number
  /** Of them refused in truth, and not only in what `enforce` would do. */
  readonly refused: number
  readonly lastSeenMs: number | undefined
}

/** Lists who calls with what, and who is or would be refused: from the running gateway, or from access logs. */
export async function census(logs: readonly string[], options: CensusOptions): Promise<ExitCode> {
  if (logs.length > 0 && options.draft)
    throw new UsageError('A policy is drafted by the running gateway: leave out the logs, or --draft.')
  return logs.length > 0 ? fromLogs(logs, options) : fromGateway(options)
}

async function fromGateway(options: CensusOptions): Promise<ExitCode> {
  const client = await clientFor(options)
  const query = options.draft ? new URLSearchParams({ draft: '1' }) : new URLSearchParams()
  const answer = await neededPage(client, 'census', '@postern/plugin-auth, unless census: false', query)
  if (options.json || options.draft) {
    print(jsonText(answer))
    return EXIT.ok
  }
  const views = workersIn<{ readonly report: AuthReport; readonly rows: readonly CensusRow[] }>(answer)
  const rows = views.flatMap(({ data }) => data.rows).map(lineOf)
  const sinceMs = Math.min(...views.map(({ data }) => data.report.sinceMs))
  print(`since ${moment(sinceMs)} (UTC)\n\n${censusTable(merged(rows))}`)
  return EXIT.ok
}

function lineOf({
  caller,
  callerKind,
  route,
  credentials,
  verified,
  reason,
  requests,
  refused,
  lastSeenMs,
}: CensusRow): CensusLine {
  return {
    caller,
    kind: verified?.kind ?? callerKind,
    route,
    credentials: verified?.scheme ?? formOf(credentials),
    reason,
    requests,
    refused,
    lastSeenMs,
  }
}

/** What came, in short: `jwt`, `api-key x-api-key`. */
function formOf({ kinds, names }: CensusRow['credentials']): string {
  return [kinds.join('+'), ...names].filter((part) => part !== '').join(' ')
}

function fromLogs(logs: readonly string[], { json }: CensusOptions): Promise<ExitCode> {
  return readLogs(logs, {}, async ({ library, sources, scanning }) => {
    const rows = new Map<string, CensusLine>()
    const report = await library.eachExchange(
      sources,
      (record) => {
        if (record.origin === 'log') addTo(rows, lineOfRecord(record))
      },
      scanning,
    )
    const lines = byRequests([...rows.values()])
    print(json ? jsonText(lines) : censusTable(lines))
    sayFaults(report)
    return EXIT.ok
  })
}

/** Addresses are as many as a client likes. */
const MAX_ROWS = 20_000
const OTHERS = '(others)'

function lineOfRecord(record: ExchangeRecord): CensusLine {
  const { caller = '', callerKind = '', route = '', auth = '', error = '', endMs, verdicts = '' } = record
  const refusal = error.startsWith('GW_AUTH_') ? error : (/auth:[a-z]+:deny:(\w+)/.exec(verdicts)?.[1] ?? '')
  return {
    caller,
    kind: callerKind,
    route,
    credentials: auth,
    reason: refusal,
    requests: 1,
    refused: error.startsWith('GW_AUTH_') ? 1 : 0,
    lastSeenMs: endMs,
  }
}

function addTo(rows: Map<string, CensusLine>, line: CensusLine): void {
  const shown = rows.size < MAX_ROWS || rows.has(keyOf(line)) ? line : { ...line, caller: OTHERS }
  const key = keyOf(shown)
  const known = rows.get(key)
  rows.set(key, known ? sumOf(known, shown) : shown)
}

function merged(lines: readonly CensusLine[]): CensusLine[] {
  const rows = new Map<string, CensusLine>()
  for (const line of lines) addTo(rows, line)
  return byRequests([...rows.values()])
}

function keyOf({ caller, kind, route, credentials, reason }: CensusLine): string {
  return [caller, kind, route, credentials, reason].join('\n')
}

function sumOf(a: CensusLine, b: CensusLine): CensusLine {
  const lastSeenMs = Math.max(a.lastSeenMs ?? 0, b.lastSeenMs ?? 0)
  return {
    ...a,
    requests: a.requests + b.requests,
    refused: a.refused + b.refused,
    lastSeenMs: lastSeenMs === 0 ? undefined : lastSeenMs,
  }
}

function byRequests(lines: readonly CensusLine[]): CensusLine[] {
  return lines.toSorted((a, b) => b.requests - a.requests)
}

function censusTable(lines: readonly CensusLine[]): string {
  if (lines.length === 0) return 'No requests.'
  const requests = lines.reduce((sum, line) => sum + line.requests, 0)
  const refusals = lines.reduce((sum, line) => sum + (line.reason === '' ? 0 : line.requests), 0)
  const table = columns(lines, [
    { head: 'caller', cell: ({ caller }) => caller, most: 40 },
    { head: 'kind', cell: ({ kind }) => kind },
    { head: 'route', cell: ({ route }) => route, most: 32 },
    { head: 'credentials', cell: ({ credentials }) => credentials || 'none', most: 32 },
    { head: 'requests', cell: (line) => String(line.requests), align: 'right' },
    {
      head: 'refused for',
      cell: ({ reason }) => reason,
      tone: ({ reason }) => (reason === '' ? undefined : 'yellow'),
    },
    {
      head: 'refused',
      cell: ({ refused }) => (refused === 0 ? '' : String(refused)),
      align: 'right',
      tone: () => 'red',
    },
    { head: 'last (UTC)', cell: ({ lastSeenMs }) => moment(lastSeenMs).replace(/\.\d+$/, '') },
  ])
  return `${table}\n\n${requests} requests, ${percent(refusals / requests)} refused, or would be in enforce`
}

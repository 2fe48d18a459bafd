import type { NamesState } from '@postern/plugin-routing'
import { neededPage, workersIn } from '../admin/client.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { type AskingOptions, clientFor } from '../live/asking.ts'
import { print } from '../output.ts'
import { columns, jsonText, moment } from '../trace/text.ts'
import { readLogs, sayFaults } from './read-logs.ts'

/** A caller that uses an old name. */
interface NameUser {
  readonly name: string
  readonly service: string
  readonly caller: string
  readonly requests: number
  readonly lastUsedMs: number | undefined
}

/** Lists old names of services, and who still uses them: from the running gateway, or from access logs. */
export function names(logs: readonly string[], options: AskingOptions): Promise<ExitCode> {
  return logs.length > 0 ? fromLogs(logs, options) : fromGateway(options)
}

async function fromGateway(options: AskingOptions): Promise<ExitCode> {
  const client = await clientFor(options)
  const answer = await neededPage(client, 'names', '@postern/plugin-routing')
  if (options.json) {
    print(jsonText(answer))
    return EXIT.ok
  }
  const states = workersIn<NamesState>(answer).map(({ data }) => data)
  const oldNames = (states[0]?.oldNames ?? []).map((one) => ({
    ...one,
    requests: states
      .flatMap(
        (state) => state.oldNames.find(({ name, place }) => name === one.name && place === one.place) ?? [],
      )
      .reduce((sum, { requests }) => sum + requests, 0),
  }))
  const users = merged(
    states.flatMap(({ uses }) =>
      uses.map(({ name, service, caller, count, lastUsedMs }) => ({
        name,
        service,
        caller,
        requests: count,
        lastUsedMs,
      })),
    ),
  )
  if (oldNames.length === 0 && users.length === 0) print('No old names.')
  else print([nameTable(oldNames), userTable(users)].filter((table) => table !== '').join('\n\n'))
  return EXIT.ok
}

function nameTable(oldNames: NamesState['oldNames']): string {
  if (oldNames.length === 0) return ''
  return columns(oldNames, [
    { head: 'old name', cell: ({ name }) => name },
    { head: 'place', cell: ({ name, place }) => (place === name ? '' : place) },
    { head: 'of service', cell: ({ service }) => service },
    { head: 'since', cell: ({ sinceMs }) => day(sinceMs) },
    {
      head: 'until',
      cell: ({ untilMs, overdue }) => `${day(untilMs)}${overdue ? ', over' : ''}`,
      tone: ({ overdue }) => (overdue ? 'red' : undefined),
    },
    { head: 'requests', cell: ({ requests }) => String(requests), align: 'right' },
  ])
}

function day(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? '' : new Date(ms).toISOString().slice(0, 10)
}

function fromLogs(logs: readonly string[], { json }: AskingOptions): Promise<ExitCode> {
  return readLogs(logs, {}, async ({ library, sources, scanning }) => {
    const rows = new Map<string, NameUser>()
    const report = await library.eachExchange(
      sources,
      ({ origin, alias, service = '', caller = '', endMs }) => {
        if (origin === 'log' && alias !== undefined)
          add(rows, { name: alias, service, caller, requests: 1, lastUsedMs: endMs })
      },
      scanning,
    )
    const users = sorted(rows)
    if (json) print(jsonText(users))
    else print(users.length === 0 ? 'Nobody used an old name.' : userTable(users))
    sayFaults(report)
    return EXIT.ok
  })
}

function merged(users: readonly NameUser[]): NameUser[] {
  const rows = new Map<string, NameUser>()
  for (const user of users) add(rows, user)
  return sorted(rows)
}

/** Callers without a principal are as many as a client likes. */
const MAX_ROWS = 20_000

function add(rows: Map<string, NameUser>, user: NameUser): void {
  const own = `${user.name}\n${user.service}\n${user.caller}`
  const hasRoom = rows.size < MAX_ROWS || rows.has(own)
  const shown = hasRoom ? user : { ...user, caller: '(others)' }
  const key = hasRoom ? own : `${user.name}\n${user.service}\n(others)`
  const known = rows.get(key)
  rows.set(key, {
    ...shown,
    requests: shown.requests + (known?.requests ?? 0),
    lastUsedMs: Math.max(shown.lastUsedMs ?? 0, known?.lastUsedMs ?? 0) || undefined,
  })
}

function sorted(rows: ReadonlyMap<string, NameUser>): NameUser[] {
  return [...rows.values()].toSorted((a, b) => b.requests - a.requests)
}

function userTable(users: readonly NameUser[]): string {
  if (users.length === 0) return ''
  return columns(users, [
    { head: 'used by', cell: ({ caller }) => caller || 'unknown', most: 40 },
    { head: 'old name', cell: ({ name }) => name },
    { head: 'of service', cell: ({ service }) => service },
    { head: 'requests', cell: ({ requests }) => String(requests), align: 'right' },
    { head: 'last (UTC)', cell: ({ lastUsedMs }) => moment(lastUsedMs).replace(/\.\d+$/, '') },
  ])
}

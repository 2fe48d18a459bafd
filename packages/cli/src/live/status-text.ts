/** The status of a gateway as a table. */
import { stripVTControlCharacters } from 'node:util'
import { percent, rate } from '../trace/graph.ts'
import { columns, fit, ms, paint, printable, type Tone, widthOf } from '../trace/text.ts'
import type { GatewayStatus, RouteStatus, ServiceStatus } from './status.ts'

/** @param place the admin listener. */
export function statusText(place: string, status: GatewayStatus): string {
  return [headOf(place, status), routeTable(status.routes), serviceTable(status.services)]
    .filter((part) => part !== '')
    .join('\n\n')
}

/** The same in a window: lines that do not fit are cut, and counted. */
export function fitted(text: string, rows: number, width: number): string {
  const lines = text.split('\n').map((line) => cut(line, width))
  if (lines.length <= rows) return lines.join('\n')
  const shown = lines.slice(0, Math.max(1, rows - 1))
  return [...shown, paint('dim', fit(`… ${lines.length - shown.length} more lines`, width))].join('\n')
}

/** Colours take no room, and a line that is cut ends in none. */
function cut(line: string, width: number): string {
  const plain = stripVTControlCharacters(line)
  return widthOf(plain) <= width ? line : fit(plain, width)
}

function headOf(place: string, status: GatewayStatus): string {
  const { ready, reasons, generation, workers, since, inFlight, overheadP50Ms, overheadP99Ms } = status
  const facts = [
    paint('bold', place),
    ready ? paint('green', 'ready') : paint('red', 'not ready'),
    `generation ${generation}`,
    workers > 0 ? `${workers} workers` : '',
    since === undefined ? '' : `since ${printable(since)}`,
  ]
  const overhead =
    overheadP50Ms === undefined ? '' : `gateway p50 ${ms(overheadP50Ms)} ms, p99 ${ms(overheadP99Ms)} ms`
  const traffic = [`${rate(status.perSecond)} per s`, `${inFlight} in flight`, overhead]
  return [
    facts.filter((fact) => fact !== '').join('  '),
    traffic.filter((fact) => fact !== '').join(', '),
    ...reasons.map((reason) => paint('red', `! ${printable(reason)}`)),
  ].join('\n')
}

function routeTable(routes: readonly RouteStatus[]): string {
  return columns(routes, [
    { head: 'route', cell: ({ route }) => route, most: 32 },
    { head: 'service', cell: ({ service }) => service, most: 24 },
    { head: 'per s', cell: ({ perSecond }) => rate(perSecond), align: 'right' },
    {
      head: 'errors',
      cell: ({ errorShare }) => (errorShare === undefined ? '' : percent(errorShare)),
      align: 'right',
      tone: ({ errorShare = 0 }) => (errorShare >= 0.05 ? 'red' : errorShare > 0 ? 'yellow' : undefined),
    },
    { head: 'p50 ms', cell: ({ p50Ms }) => ms(p50Ms), align: 'right' },
    { head: 'p95 ms', cell: ({ p95Ms }) => ms(p95Ms), align: 'right' },
    { head: 'p99 ms', cell: ({ p99Ms }) => ms(p99Ms), align: 'right' },
    { head: 'auth', cell: ({ auth }) => auth ?? '' },
    {
      head: 'refused',
      cell: ({ refusedShare }) => (refusedShare === undefined ? '' : percent(refusedShare)),
      align: 'right',
      tone: ({ refusedShare = 0 }) => (refusedShare > 0 ? 'yellow' : undefined),
    },
    { head: 'breaker', cell: ({ breaker }) => breaker ?? '', tone: breakerTone },
  ])
}

function serviceTable(services: readonly ServiceStatus[]): string {
  if (services.length === 0) return ''
  return columns(services, [
    { head: 'service', cell: ({ service }) => service, most: 32 },
    {
      head: 'health',
      cell: ({ ready, panic }) => (panic ? 'panic' : ready ? 'ready' : 'down'),
      tone: ({ ready, panic }) => (panic || !ready ? 'red' : undefined),
    },
    {
      head: 'endpoints',
      cell: ({ healthy, endpoints }) => `${healthy}/${endpoints}`,
      align: 'right',
      tone: ({ healthy, endpoints }) => (healthy < endpoints ? 'yellow' : undefined),
    },
    { head: 'in flight', cell: ({ inFlight }) => String(inFlight), align: 'right' },
    { head: 'breaker', cell: ({ breaker }) => breaker ?? '', tone: breakerTone },
    { head: 'not healthy', cell: ({ sick }) => sick.join(', '), most: 80 },
  ])
}

function breakerTone({ breaker }: { readonly breaker: string | undefined }): Tone | undefined {
  if (breaker === 'open') return 'red'
  return breaker === 'half-open' ? 'yellow' : undefined
}

/** Who called, and who was called, as far as a line says. */
import type { ExchangeRecord } from './record.ts'

/** The logger's name where nobody chose one: it says nothing about the process. */
const DEFAULT_NAME = 'postern'
/** Stands for a party of which nothing is known. */
const UNKNOWN = '(unknown)'

/** The process itself, where somebody gave it a name. */
function processOf({ name }: ExchangeRecord): string | undefined {
  return name === DEFAULT_NAME ? undefined : name
}

/** Who called: in the caller seat that is the process itself. */
export function callerOf(record: ExchangeRecord): string {
  return record.caller ?? (record.seat === 'caller' ? processOf(record) : undefined) ?? UNKNOWN
}

/** Who was called: in the callee seat that is the process itself. */
export function calleeOf(record: ExchangeRecord): string {
  const { service, seat, upstream, route } = record
  const own = seat === 'callee' ? processOf(record) : undefined
  return service ?? own ?? authorityOf(upstream) ?? route ?? UNKNOWN
}

function authorityOf(origin: string | undefined): string | undefined {
  return origin?.replace(/^[a-z+.-]+:\/\//, '')
}

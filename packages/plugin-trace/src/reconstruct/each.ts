import { needleFor } from './criteria.ts'
import type { ExchangeRecord } from './record.ts'
import { type ScanOptions, type ScanReport, scan } from './scan.ts'
import type { TraceSource } from './sources.ts'

/**
 * Hands every exchange of the logs to a function, in the order in which it stands there, for sums of your own. Spans in OTLP are
 * handed out, too: `origin` tells them apart. Memory does not grow with the number of lines.
 *
 * @example
 * const calls = new Map()
 * await eachExchange(['/var/log/gateway'], ({ route }) => calls.set(route, (calls.get(route) ?? 0) + 1))
 */
export function eachExchange(
  sources: readonly TraceSource[],
  onExchange: (record: ExchangeRecord) => void,
  options: ScanOptions = {},
): Promise<ScanReport> {
  return scan(sources, needleFor({}), onExchange, options)
}

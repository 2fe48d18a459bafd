/** Who hands traces on, as a table. */
import type {
  ContinuityReport,
  ContinuityVerdict,
  ServiceContinuity,
} from '@postern/plugin-trace/reconstruct'
import { percent } from './graph.ts'
import { columns, paint, type Tone } from './text.ts'

const TONES: Readonly<Record<ContinuityVerdict, Tone>> = {
  drops: 'red',
  suspected: 'yellow',
  unclear: 'dim',
  keeps: 'green',
}

/** One row per service, then some lost calls of those that lose any. */
export function continuityTable({ services, isCut }: ContinuityReport): string {
  if (services.length === 0)
    return 'No service was seen calling another while a request to it was under way. Do callers have the names of services? --caller-is svc-checkout=checkout'
  const table = columns(services, [
    { head: 'service', cell: ({ service }) => service, most: 40 },
    { head: 'traces', cell: ({ verdict }) => verdict, tone: ({ verdict }) => TONES[verdict] },
    { head: 'calls', cell: ({ calls }) => String(calls), align: 'right' },
    { head: 'kept', cell: ({ kept }) => String(kept), align: 'right' },
    { head: 'lost', cell: ({ lostCertain }) => String(lostCertain), align: 'right' },
    { head: 'perhaps lost', cell: ({ lostSuspected }) => String(lostSuspected), align: 'right' },
    { head: 'share', cell: ({ lostShare }) => percent(lostShare), align: 'right' },
    { head: 'carried', cell: carriedOf },
  ])
  const samples = services.flatMap(({ service, samples: losses }) =>
    losses.map(
      ({ traceId, calledTraceId, calledSpanId, isCertain }) =>
        `  ${service}: got ${traceId}, called in ${calledTraceId} (span ${calledSpanId})${isCertain ? '' : ', perhaps'}`,
    ),
  )
  return [
    table,
    ...(samples.length > 0 ? ['', paint('dim', 'samples'), ...samples] : []),
    ...(isCut ? ['', 'Only the newest exchanges were compared.'] : []),
  ].join('\n')
}

function carriedOf({ lostCertain, lostSuspected, lostToOther }: ServiceContinuity): string {
  const lost = lostCertain + lostSuspected
  if (lost === 0) return ''
  if (lostToOther === 0) return 'no traceparent'
  return lostToOther === lost ? 'another trace' : `another trace: ${lostToOther}, none: ${lost - lostToOther}`
}

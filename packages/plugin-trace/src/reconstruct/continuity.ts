import { type Call, judgeCalls, type Loss } from './losses.ts'
import { calleeOf, callerOf } from './parties.ts'
import type { ExchangeRecord } from './record.ts'
import { type ScanOptions, type ScanReport, scan } from './scan.ts'
import type { TraceSource } from './sources.ts'

const MIN_SAMPLES = 5
const MAX_SAMPLE_IDS = 5
/** Exchanges that are compared with each other: some minutes of a busy gateway. */
const MAX_EXCHANGES = 200_000

/**
 * What is to be said of a service: `keeps` it hands the trace on; `drops` it does not, beyond doubt; `suspected` it
 * seems not to, but other requests ran at the same time; `unclear` too few calls to tell.
 */
export type ContinuityVerdict = 'keeps' | 'drops' | 'suspected' | 'unclear'

/** What one service does with the traces that it gets. */
export interface ServiceContinuity {
  /** The service. */
  readonly service: string
  /** What is to be said of it. */
  readonly verdict: ContinuityVerdict
  /** Calls out of it while a request to it was under way. */
  readonly calls: number
  /** Of these, calls in the trace of such a request. */
  readonly kept: number
  /** Calls without a trace, while exactly one request was under way that lasted longer. */
  readonly lostCertain: number
  /** Calls without a trace of any request to it, while several were under way. */
  readonly lostSuspected: number
  /** Of all lost calls, those that carried a trace, but another one. The others carried none. */
  readonly lostToOther: number
  /** Share of `calls`, 0 to 1, that was lost, certain or suspected. */
  readonly lostShare: number
  /** Some that were lost, certain ones first. */
  readonly samples: readonly Loss[]
}

/** Which services break traces. */
export interface ContinuityReport {
  /** Those that drop traces first, and among equals the largest share first. */
  readonly services: readonly ServiceContinuity[]
  /** Whether only the newest exchanges were compared, since there are more than memory is given to. */
  readonly isCut: boolean
  /** What was read. */
  readonly scan: ScanReport
}

/** Options of `checkContinuity`. */
export interface ContinuityOptions extends ScanOptions {
  /** Calls that it takes to say something of a service. Default: 5. */
  readonly minSamples?: number | undefined
  /** Names of services by the names under which they call: `{ 'svc-checkout': 'checkout' }`. Default: none, the names are the same. */
  readonly callers?: Readonly<Record<string, string>> | undefined
  /** Exchanges that are compared, the newest. Default: 200000. */
  readonly maxExchanges?: number | undefined
}

/**
 * Names the services that get a trace and call others without it: the caller of an exchange is a service to which a
 * request was under way, and the exchange carries no trace or that of no such request.
 *
 * @example
 * const { services } = await checkContinuity(['/var/log/gateway'])
 */
export async function checkContinuity(
  sources: readonly TraceSource[],
  options: ContinuityOptions = {},
): Promise<ContinuityReport> {
  const { minSamples = MIN_SAMPLES, callers = {}, maxExchanges = MAX_EXCHANGES } = options
  const names = new Map(Object.entries(callers))
  let calls: Call[] = []
  let isCut = false
  const report = await scan(
    sources,
    'trace',
    (record) => {
      const call = toCall(record, names)
      if (!call || calls.push(call) < maxExchanges * 2) return
      calls = newest(calls, maxExchanges)
      isCut = true
    },
    options,
  )
  isCut ||= calls.length > maxExchanges
  const services = Array.from(judgeCalls(newest(calls, maxExchanges)), ([service, { kept, losses }]) =>
    summarise(service, kept, losses, minSamples),
  )
  return { services: services.sort(worstFirst), isCut, scan: report }
}

function toCall(record: ExchangeRecord, names: ReadonlyMap<string, string>): Call | undefined {
  const { startMs, endMs } = record
  if (record.origin !== 'log' || startMs === undefined || endMs === undefined) return undefined
  const caller = callerOf(record)
  return {
    traceId: record.traceId,
    spanId: record.spanId,
    parentSpanId: record.parentSpanId,
    attemptSpanIds: record.attemptSpanIds,
    isCallerSeat: record.seat === 'caller',
    caller: names.get(caller) ?? caller,
    callee: calleeOf(record),
    startMs,
    endMs,
  }
}

function newest(calls: Call[], count: number): Call[] {
  return calls.length <= count ? calls : calls.sort((a, b) => a.endMs - b.endMs).slice(-count)
}

function summarise(
  service: string,
  kept: number,
  losses: readonly Loss[],
  minSamples: number,
): ServiceContinuity {
  const certain = losses.filter(({ isCertain }) => isCertain)
  const calls = kept + losses.length
  return {
    service,
    verdict: verdictOf(calls, certain.length, losses.length, minSamples),
    calls,
    kept,
    lostCertain: certain.length,
    lostSuspected: losses.length - certain.length,
    lostToOther: losses.filter(({ carried }) => carried === 'other').length,
    lostShare: losses.length / calls,
    samples: [...certain, ...losses.filter(({ isCertain }) => !isCertain)].slice(0, MAX_SAMPLE_IDS),
  }
}

function verdictOf(calls: number, certain: number, lost: number, minSamples: number): ContinuityVerdict {
  if (certain >= minSamples) return 'drops'
  if (lost >= minSamples) return 'suspected'
  return lost === 0 && calls >= minSamples ? 'keeps' : 'unclear'
}

const ORDER: readonly ContinuityVerdict[] = ['drops', 'suspected', 'unclear', 'keeps']

function worstFirst(a: ServiceContinuity, b: ServiceContinuity): number {
  return (
    ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) ||
    b.lostShare - a.lostShare ||
    a.service.localeCompare(b.service, 'en')
  )
}

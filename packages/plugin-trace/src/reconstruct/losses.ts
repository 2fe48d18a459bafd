/** Finds calls that lost their trace, by what was under way in the calling service when they began. */

/** What the comparison needs of an exchange. */
export interface Call {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly attemptSpanIds: readonly string[]
  readonly isCallerSeat: boolean
  readonly caller: string
  readonly callee: string
  readonly startMs: number
  readonly endMs: number
}

/** A call that lost its trace on the way through a service. */
export interface Loss {
  /** The trace that came in; of several that were under way, one. */
  readonly traceId: string
  /** The trace of the call that went out. */
  readonly calledTraceId: string
  /** The exchange that the call became. */
  readonly calledSpanId: string
  /** Whether the call carried no trace, or one of no request that was under way. */
  readonly carried: 'none' | 'other'
  /** Whether nothing else was under way that it could have come from. */
  readonly isCertain: boolean
}

/** The calls of one service. */
export interface Judged {
  /** Calls in a trace that was under way. */
  kept: number
  /** Those that were not. */
  readonly losses: Loss[]
}

/** Clocks of a host and its neighbour agree to this, and log lines tell whole milliseconds. */
const TOLERANCE_MS = 2

/** Judges every call that a service made while a request to it was under way; what it calls on its own account may begin a trace. */
export function judgeCalls(calls: readonly Call[]): Map<string, Judged> {
  const requests = Map.groupBy(calls, ({ callee }) => callee)
  const judged = new Map<string, Judged>()
  for (const [service, outgoing] of Map.groupBy(withoutEchoes(calls), ({ caller }) => caller)) {
    const incoming = requests.get(service)
    if (!incoming) continue
    const result = judgeService(incoming.sort(byStart), outgoing.sort(byStart))
    if (result.kept + result.losses.length > 0) judged.set(service, result)
  }
  return judged
}

/** A call through the caller seat leaves a second line at the hop; only the first tells what the service did. */
function withoutEchoes(calls: readonly Call[]): Call[] {
  const sent = new Set(
    calls.filter(({ isCallerSeat }) => isCallerSeat).flatMap((call) => [call.spanId, ...call.attemptSpanIds]),
  )
  return calls.filter(({ parentSpanId }) => parentSpanId === undefined || !sent.has(parentSpanId))
}

function judgeService(incoming: readonly Call[], outgoing: readonly Call[]): Judged {
  const result: Judged = { kept: 0, losses: [] }
  let underWay: Call[] = []
  let next = 0
  for (const call of outgoing) {
    for (let request = incoming[next]; request && request.startMs <= call.startMs + TOLERANCE_MS; ) {
      underWay.push(request)
      request = incoming[++next]
    }
    underWay = underWay.filter(({ endMs }) => endMs >= call.startMs - TOLERANCE_MS)
    // A service that calls itself: the call is not the request that it came from.
    const candidates = underWay.filter(({ spanId }) => spanId !== call.spanId)
    const [first] = candidates
    if (first === undefined) continue
    if (candidates.some(({ traceId }) => traceId === call.traceId)) result.kept++
    else result.losses.push(lossOf(call, first, candidates))
  }
  return result
}

function lossOf(call: Call, first: Call, candidates: readonly Call[]): Loss {
  const isAlone = candidates.every(({ traceId }) => traceId === first.traceId)
  const isInside = candidates.some(({ endMs }) => call.endMs <= endMs + TOLERANCE_MS)
  return {
    traceId: first.traceId,
    calledTraceId: call.traceId,
    calledSpanId: call.spanId,
    carried: call.parentSpanId === undefined ? 'none' : 'other',
    isCertain: isAlone && isInside,
  }
}

function byStart(a: Call, b: Call): number {
  return a.startMs - b.startMs
}

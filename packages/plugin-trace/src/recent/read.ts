/** Reads a record of the ring as what people see: the reverse of `write.ts`. */
import { type AttemptTimes, headOf, summarize } from '../access-log/attempts.ts'
import { roundMs } from '../access-log/round.ts'
import type { StoredRecord } from './ring.ts'
import { ABORTED, SAMPLED } from './write.ts'

/** A guard's verdict. */
export interface RecentVerdict {
  /** npm name of the plugin. */
  readonly plugin: string
  /** The mode it ran in. */
  readonly mode: string
  /** `allow`, `deny` or `seen`. */
  readonly decision: string
  /** Error code of a denial, or a short word of the plugin's. */
  readonly reason: string
  /** How long the guard took, what it waited for included, in microseconds. */
  readonly tookUs: number
}

/** An attempt. What does not apply is left out. */
export interface RecentAttempt {
  /** 1 for the first. */
  readonly number: number
  /** Origin of the endpoint. */
  readonly endpoint?: string | undefined
  /** Why it was chosen, in the routing plugin's words. */
  readonly why?: string | undefined
  /** Status of its answer. */
  readonly status?: number | undefined
  /** Error code. */
  readonly error?: string | undefined
  /** Until its response head, else its end. */
  readonly durationMs: number
}

/** An exchange that is over. What does not apply is left out. */
export interface RecentExchange {
  /** When its head had been read, ISO 8601. */
  readonly startedAt: string
  /** The fields that follow have the names and meaning that they have in the access log. */
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string | undefined
  readonly sampled?: false | undefined
  readonly exchangeId?: string | undefined
  readonly seat: string
  readonly listener?: string | undefined
  readonly caller?: string | undefined
  readonly auth?: string | undefined
  readonly method: string
  readonly path?: string | undefined
  readonly httpVersion?: string | undefined
  readonly route?: string | undefined
  readonly service?: string | undefined
  readonly alias?: string | undefined
  readonly generation: number
  readonly status: number
  readonly error?: string | undefined
  readonly aborted?: true | undefined
  readonly closedBy?: string | undefined
  readonly requestBytes: number
  readonly responseBytes: number
  readonly durationMs: number
  readonly gatewayMs: number
  readonly queueMs?: number | undefined
  readonly upstreamMs?: number | undefined
  readonly bodyMs?: number | undefined
  /** What the guards decided, in order. */
  readonly verdicts: readonly RecentVerdict[]
  /** How many verdicts there were, where not all are kept. */
  readonly verdictCount?: number | undefined
  /** The attempts, first to last. */
  readonly attempts: readonly RecentAttempt[]
  /** How many attempts there were, where not all are kept. */
  readonly attemptCount?: number | undefined
}

/** Takes the items of a record one after the other. */
class Items {
  readonly #record: StoredRecord
  #number = 0
  #text = 0

  constructor(record: StoredRecord) {
    this.#record = record
  }

  /** Whether numbers are left. */
  get hasMore(): boolean {
    return this.#number < this.#record.numberCount
  }

  number(): number {
    return this.#record.number(this.#number++)
  }

  text(): string {
    return this.#record.text(this.#text++)
  }

  /** `undefined` where it is empty. */
  textIfAny(): string | undefined {
    return this.text() || undefined
  }
}

/** @param timeOriginMs what to add to a moment of `performance.now()` to get milliseconds since 1970. */
export function readRecord(record: StoredRecord, timeOriginMs: number): RecentExchange {
  const items = new Items(record)
  const [startedMs, respondedMs, finishedMs, status] = [
    items.number(),
    items.number(),
    items.number(),
    items.number(),
  ]
  const [requestBytes, responseBytes, generation] = [items.number(), items.number(), items.number()]
  const flags = items.number()
  const [verdictCount, verdictsKept] = [items.number(), items.number()]
  const texts = readTexts(items)
  const verdicts = Array.from({ length: verdictsKept }, () => readVerdict(items))
  const last = readAttempts(items)
  const sum = summarize({ attempt: last, finishedMs })
  const attempts = listed(last, finishedMs)
  const headMs = (respondedMs > 0 ? respondedMs : finishedMs) - startedMs
  const wasTried = last !== null
  return {
    startedAt: new Date(timeOriginMs + startedMs).toISOString(),
    ...texts,
    sampled: (flags & SAMPLED) === 0 ? false : undefined,
    generation,
    status,
    aborted: (flags & ABORTED) === 0 ? undefined : true,
    requestBytes,
    responseBytes,
    durationMs: roundMs(finishedMs - startedMs),
    gatewayMs: roundMs(headMs - sum.queueMs - sum.upstreamMs),
    queueMs: wasTried ? roundMs(sum.queueMs) : undefined,
    upstreamMs: wasTried ? roundMs(sum.upstreamMs) : undefined,
    bodyMs: respondedMs > 0 ? roundMs(finishedMs - respondedMs) : undefined,
    verdicts,
    verdictCount: verdictCount > verdictsKept ? verdictCount : undefined,
    attempts,
    attemptCount: sum.count > attempts.length ? sum.count : undefined,
  }
}

function readTexts(items: Items) {
  return {
    traceId: items.text(),
    spanId: items.text(),
    parentSpanId: items.textIfAny(),
    exchangeId: items.textIfAny(),
    seat: items.text(),
    listener: items.textIfAny(),
    caller: items.textIfAny(),
    auth: items.textIfAny(),
    method: items.text(),
    path: items.textIfAny(),
    httpVersion: items.textIfAny(),
    route: items.textIfAny(),
    service: items.textIfAny(),
    alias: items.textIfAny(),
    error: items.textIfAny(),
    closedBy: items.textIfAny(),
  }
}

function readVerdict(items: Items): RecentVerdict {
  const tookUs = Math.round(items.number() * 1e3)
  return { plugin: items.text(), mode: items.text(), decision: items.text(), reason: items.text(), tookUs }
}

/** An attempt as it was kept. */
interface StoredAttempt extends AttemptTimes {
  previous: StoredAttempt | null
  readonly why: string
}

/** The one that counts, with those before it; `null` for none. */
function readAttempts(items: Items): StoredAttempt | null {
  let last: StoredAttempt | null = null
  let later: StoredAttempt | null = null
  while (items.hasMore) {
    const attempt = readAttempt(items)
    if (later === null) last = attempt
    else later.previous = attempt
    later = attempt
  }
  return last
}

function readAttempt(items: Items): StoredAttempt {
  const [number, startedMs, connectedMs] = [items.number(), items.number(), items.number()]
  const [headersMs, endedMs, status] = [items.number(), items.number(), items.number()]
  const [origin, why, code] = [items.text(), items.text(), items.text()]
  return {
    number,
    previous: null,
    endpoint: origin === '' ? null : { origin },
    why,
    startedMs,
    connectedMs,
    headersMs,
    endedMs,
    status,
    error: code === '' ? null : { code },
  }
}

function listed(last: StoredAttempt | null, finishedMs: number): RecentAttempt[] {
  const attempts: RecentAttempt[] = []
  for (let attempt = last; attempt !== null; attempt = attempt.previous) {
    attempts.push({
      number: attempt.number,
      endpoint: attempt.endpoint?.origin,
      why: attempt.why || undefined,
      status: attempt.status || undefined,
      error: attempt.error?.code,
      durationMs: roundMs(headOf(attempt, finishedMs) - attempt.startedMs),
    })
  }
  return attempts.sort((a, b) => a.number - b.number)
}

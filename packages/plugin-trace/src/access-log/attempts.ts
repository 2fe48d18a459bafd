/** What the attempts of an exchange came to. */
import { roundMs } from './round.ts'

/** What is read of an attempt. */
export interface AttemptTimes {
  readonly number: number
  readonly previous: AttemptTimes | null
  readonly endpoint: { readonly origin: string } | null
  readonly startedMs: number
  readonly connectedMs: number
  readonly headersMs: number
  readonly endedMs: number
  readonly status: number
  readonly error: { readonly code: string } | null
}

/** What is read of an exchange. */
interface Attempted {
  readonly attempt: AttemptTimes | null
  readonly finishedMs: number
}

/** Attempts as the access log tells them. */
export interface AttemptSummary {
  /** How many were made. */
  readonly count: number
  /** Time in which an attempt waited for a connection or a place. */
  readonly queueMs: number
  /** Time in which an attempt had a connection and no response head. */
  readonly upstreamMs: number
  /** One part for each, unless the only one succeeded. */
  readonly log: string | undefined
}

const NONE: AttemptSummary = Object.freeze({ count: 0, queueMs: 0, upstreamMs: 0, log: undefined })

/** Sums up all attempts. Time that several spent side by side counts once. */
export function summarize({ attempt: last, finishedMs }: Attempted): AttemptSummary {
  if (last === null) return NONE
  if (last.previous === null) {
    const headMs = headOf(last, finishedMs)
    const connectedMs = last.connectedMs || headMs
    return {
      count: last.number,
      queueMs: connectedMs - last.startedMs,
      upstreamMs: headMs - connectedMs,
      log: last.error === null && last.number === 1 ? undefined : describe(last, finishedMs),
    }
  }
  return summarizeSeveral(last, finishedMs)
}

function summarizeSeveral(last: AttemptTimes, finishedMs: number): AttemptSummary {
  const all: AttemptTimes[] = []
  for (let attempt: AttemptTimes | null = last; attempt !== null; attempt = attempt.previous)
    all.push(attempt)
  // The one that counts stands last in the chain; others may have begun after it.
  all.sort((a, b) => a.number - b.number)
  let queueMs = 0
  let upstreamMs = 0
  let coveredMs = 0
  for (const attempt of all) {
    const headMs = headOf(attempt, finishedMs)
    const connectedMs = attempt.connectedMs || headMs
    const fromMs = Math.max(attempt.startedMs, coveredMs)
    queueMs += Math.max(0, connectedMs - fromMs)
    upstreamMs += Math.max(0, headMs - Math.max(connectedMs, fromMs))
    coveredMs = Math.max(coveredMs, headMs)
  }
  const log = all.map((attempt) => describe(attempt, finishedMs)).join(';')
  return { count: all.at(-1)?.number ?? 0, queueMs, upstreamMs, log }
}

/** Until when it was waited for: its response head, else its end. */
export function headOf({ headersMs, endedMs }: AttemptTimes, finishedMs: number): number {
  return headersMs || endedMs || finishedMs
}

/** `2 http://127.0.0.1:3000 GW_UPSTREAM_CONNECT_REFUSED 1.203`; the host's own handler has no origin. */
function describe(attempt: AttemptTimes, finishedMs: number): string {
  const { number, endpoint, error, status, startedMs } = attempt
  const outcome = error?.code ?? (status > 0 ? status : '-')
  return `${number} ${endpoint?.origin ?? '-'} ${outcome} ${roundMs(headOf(attempt, finishedMs) - startedMs)}`
}

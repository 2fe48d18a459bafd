/**
 * The times of an attempt on one Node timer. It is set for the nearest bound and, when it fires early, set again: a
 * chunk only writes down when it came, so a body of a million chunks sets no million timers.
 */
import type { CoreErrorCode } from '../error-table.ts'
import { GatewayError } from '../errors.ts'
import type { ResolvedTimeouts } from '../options.ts'

/** Where an attempt is: each phase has a bound of its own. */
export type AttemptPhase = 'connect' | 'send' | 'headers' | 'body' | 'done'

/** What the timer reads of an attempt. */
export interface TimedAttempt {
  readonly timeouts: ResolvedTimeouts
  /** When the whole exchange must be over; 0 for never. */
  readonly deadlineMs: number
  readonly phase: AttemptPhase
  /** When the phase began. */
  readonly phaseMs: number
  /** When something last moved. */
  readonly activeMs: number
  /** Whether the request body waits for the client. */
  readonly awaitsClient: boolean
  /** Whether the response body waits for the client. */
  readonly blockedByClient: boolean
  timer: NodeJS.Timeout | undefined
  /** When the timer fires, to tell whether a new bound comes earlier. */
  timerMs: number
  /** Ends it. */
  cancel(error: GatewayError): void
}

const NEVER = Number.POSITIVE_INFINITY

/** When the current phase is over time. */
function phaseDue(attempt: TimedAttempt): number {
  const { connectMs, headersMs, idleMs } = attempt.timeouts
  switch (attempt.phase) {
    case 'connect':
      return connectMs > 0 ? attempt.phaseMs + connectMs : NEVER
    case 'headers':
      return headersMs > 0 ? attempt.phaseMs + headersMs : NEVER
    case 'send':
    case 'body':
      return idleMs > 0 ? attempt.activeMs + idleMs : NEVER
    case 'done':
      return NEVER
  }
}

function due(attempt: TimedAttempt): number {
  const phase = phaseDue(attempt)
  return attempt.deadlineMs > 0 && attempt.deadlineMs < phase ? attempt.deadlineMs : phase
}

/** What a missed bound means: the one who was waited for is at fault. */
function lateCode(attempt: TimedAttempt, nowMs: number): CoreErrorCode {
  if (attempt.deadlineMs > 0 && nowMs >= attempt.deadlineMs) return 'GW_UPSTREAM_TOTAL_TIMEOUT'
  switch (attempt.phase) {
    case 'connect':
      return 'GW_UPSTREAM_CONNECT_TIMEOUT'
    case 'headers':
      return 'GW_UPSTREAM_HEADERS_TIMEOUT'
    case 'send':
      return attempt.awaitsClient ? 'GW_REQ_BODY_TIMEOUT' : 'GW_UPSTREAM_IDLE_TIMEOUT'
    default:
      if (attempt.blockedByClient) return 'GW_CLIENT_STALLED'
      return attempt.awaitsClient ? 'GW_REQ_BODY_TIMEOUT' : 'GW_UPSTREAM_IDLE_TIMEOUT'
  }
}

function check(attempt: TimedAttempt): void {
  if (attempt.phase === 'done') return
  const now = performance.now()
  const at = due(attempt)
  if (now < at) arm(attempt, at, now)
  else attempt.cancel(new GatewayError(lateCode(attempt, now)))
}

function arm(attempt: TimedAttempt, at: number, now: number): void {
  clearTimeout(attempt.timer)
  attempt.timer = at === NEVER ? undefined : setTimeout(check, Math.ceil(at - now), attempt)
  attempt.timerMs = at
}

/** Starts, moves and stops the timer of an attempt. */
export const attemptTimer: {
  start(attempt: TimedAttempt): void
  entered(attempt: TimedAttempt): void
  stop(attempt: TimedAttempt): void
} = {
  /** The attempt begins. */
  start(attempt: TimedAttempt): void {
    arm(attempt, due(attempt), attempt.phaseMs)
  },
  /** The attempt entered a phase whose bound may come earlier than the one the timer is set for. */
  entered(attempt: TimedAttempt): void {
    const at = due(attempt)
    if (at < attempt.timerMs) arm(attempt, at, attempt.phaseMs)
  },
  /** The attempt is over. */
  stop(attempt: TimedAttempt): void {
    clearTimeout(attempt.timer)
  },
}

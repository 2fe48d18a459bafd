/**
 * The times of an attempt, as arithmetic. An attempt only writes down when something happened; the gateway looks at all
 * that run every 25 ms. One timer for all, so that a request, and a body of a million chunks, set none.
 */
import type { CoreErrorCode } from '../error-table.ts'
import { GatewayError } from '../errors.ts'
import type { ResolvedTimeouts } from '../options.ts'

/** Where an attempt is: each phase has a bound of its own. */
export type AttemptPhase = 'queue' | 'connect' | 'send' | 'headers' | 'body' | 'tunnel' | 'done'

/** What is known of an attempt's times. */
export interface TimedAttempt {
  readonly timeouts: ResolvedTimeouts
  /** When the whole exchange must be over; 0 for never. */
  readonly deadlineMs: number
  readonly phase: AttemptPhase
  /** When the phase began. */
  readonly phaseMs: number
  /** When something last moved. */
  readonly activeMs: number
  /** Since when the time of the attempt counts: its start, or when the client was last waited for. */
  readonly countsMs: number
  /** Whether the request body waits for the client. */
  readonly awaitsClient: boolean
  /** Whether the response body waits for the client. */
  readonly blockedByClient: boolean
}

const NEVER = Number.POSITIVE_INFINITY

/** When the attempt is over time, as things stand. */
export function dueMs(attempt: TimedAttempt): number {
  const phase = Math.min(phaseDueMs(attempt), headDueMs(attempt))
  // A tunnel has no end of its own that one could wait for: it lives as long as something moves in it.
  if (attempt.phase === 'tunnel') return phase
  return attempt.deadlineMs > 0 && attempt.deadlineMs < phase ? attempt.deadlineMs : phase
}

/** When the head must be there. What follows it, a stream of events above all, has no such bound. */
function headDueMs({ countsMs, phase, timeouts }: TimedAttempt): number {
  const isBeforeHead = phase === 'queue' || phase === 'connect' || phase === 'send' || phase === 'headers'
  return isBeforeHead && timeouts.attemptMs > 0 ? countsMs + timeouts.attemptMs : NEVER
}

function phaseDueMs(attempt: TimedAttempt): number {
  const { queueMs, connectMs, headersMs, idleMs } = attempt.timeouts
  switch (attempt.phase) {
    case 'queue':
      return attempt.phaseMs + queueMs
    case 'connect':
      return connectMs > 0 ? attempt.phaseMs + connectMs : NEVER
    case 'headers':
      return headersMs > 0 ? attempt.phaseMs + headersMs : NEVER
    case 'send':
    case 'body':
    case 'tunnel':
      return idleMs > 0 ? attempt.activeMs + idleMs : NEVER
    case 'done':
      return NEVER
  }
}

/** What a missed bound means: the one who was waited for is at fault. */
export function lateError(attempt: TimedAttempt, nowMs: number): GatewayError {
  const code = lateCode(attempt, nowMs)
  if (code === 'GW_UPSTREAM_BUSY') return busy()
  // What a client sends after all, or does not, is nothing to wait for (RFC 9110 section 15.5.9).
  return new GatewayError(code, code === 'GW_REQ_BODY_TIMEOUT' ? { headers: ['connection', 'close'] } : {})
}

/** An endpoint at its bound. */
export function busy(): GatewayError {
  return new GatewayError('GW_UPSTREAM_BUSY', { headers: ['retry-after', '1'] })
}

function lateCode(attempt: TimedAttempt, nowMs: number): CoreErrorCode {
  if (attempt.phase === 'tunnel') return 'GW_UPSTREAM_IDLE_TIMEOUT'
  if (attempt.deadlineMs > 0 && nowMs >= attempt.deadlineMs) return 'GW_UPSTREAM_TOTAL_TIMEOUT'
  if (attempt.phase === 'queue') return 'GW_UPSTREAM_BUSY'
  if (nowMs >= headDueMs(attempt) && headDueMs(attempt) <= phaseDueMs(attempt))
    return 'GW_UPSTREAM_ATTEMPT_TIMEOUT'
  if (attempt.phase === 'connect') return 'GW_UPSTREAM_CONNECT_TIMEOUT'
  if (attempt.phase === 'headers') return 'GW_UPSTREAM_HEADERS_TIMEOUT'
  if (attempt.phase === 'body' && attempt.blockedByClient) return 'GW_CLIENT_STALLED'
  return attempt.awaitsClient ? 'GW_REQ_BODY_TIMEOUT' : 'GW_UPSTREAM_IDLE_TIMEOUT'
}

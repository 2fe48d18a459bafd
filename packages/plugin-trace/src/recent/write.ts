/** Copies what is told of an exchange into the ring, in the order in which `read.ts` takes it out again. */
import type { Exchange } from '@postern/core'
import { principal, usedName } from '@postern/core/contracts'
import { closedBy } from '../access-log/closed-by.ts'
import { serviceOf } from '../attributes.ts'
import type { ExchangeTrace } from '../exchange-trace.ts'
import type { RecordRing } from './ring.ts'

/** Verdicts and attempts of one exchange that are kept; how many there were is told. */
const MAX_KEPT = 16

/** Bits of what is yes or no. */
export const SAMPLED = 1
/** The exchange was cut off. */
export const ABORTED = 2

/**
 * Writes one record. Nothing is measured or computed that core or the trace does not know already. **No header values, queries,
 * tokens or bodies.**
 */
export function writeRecord(ring: RecordRing, exchange: Exchange, trace: ExchangeTrace, path: boolean): void {
  ring.begin()
  writeNumbers(ring, exchange, trace)
  writeTexts(ring, exchange, trace, path)
  writeVerdicts(ring, exchange)
  writeAttempts(ring, exchange)
  ring.commit()
}

function writeNumbers(ring: RecordRing, exchange: Exchange, trace: ExchangeTrace): void {
  ring.number(exchange.startedMs)
  ring.number(exchange.respondedMs)
  ring.number(exchange.finishedMs)
  ring.number(exchange.status > 0 ? exchange.status : (exchange.error?.status ?? 0))
  ring.number(exchange.requestBytes)
  ring.number(exchange.responseBytes)
  ring.number(exchange.generation)
  ring.number((trace.sampled ? SAMPLED : 0) | (exchange.aborted ? ABORTED : 0))
  ring.number(exchange.verdicts.length)
  ring.number(Math.min(exchange.verdicts.length, MAX_KEPT))
}

function writeTexts(ring: RecordRing, exchange: Exchange, trace: ExchangeTrace, path: boolean): void {
  ring.text(trace.traceId)
  ring.text(trace.spanId)
  ring.text(trace.parentSpanId ?? '')
  ring.text(exchange.id === trace.traceId ? '' : exchange.id)
  ring.text(exchange.seat)
  ring.text(exchange.listener)
  ring.text(exchange.caller)
  ring.text(exchange.get(principal)?.scheme ?? '')
  ring.text(exchange.method)
  ring.text(path ? exchange.path : '')
  ring.text(exchange.httpVersion)
  ring.text(exchange.route?.id ?? '')
  ring.text(serviceOf(exchange))
  ring.text(exchange.get(usedName)?.oldName.name ?? '')
  ring.text(exchange.error?.code ?? '')
  ring.text(closedBy(exchange) ?? '')
}

function writeVerdicts(ring: RecordRing, { verdicts, verdictsTookMs }: Exchange): void {
  const kept = Math.min(verdicts.length, MAX_KEPT)
  for (let i = 0; i < kept; i++) {
    const verdict = verdicts[i]
    if (verdict === undefined) continue
    ring.number(verdictsTookMs[i] ?? 0)
    ring.text(verdict.plugin)
    ring.text(verdict.mode)
    ring.text(verdict.decision)
    ring.text(verdict.reason)
  }
}

/** From the one that counts back to the first. */
function writeAttempts(ring: RecordRing, exchange: Exchange): void {
  let kept = 0
  for (let { attempt } = exchange; attempt !== null && kept < MAX_KEPT; attempt = attempt.previous) {
    ring.number(attempt.number)
    ring.number(attempt.startedMs)
    ring.number(attempt.connectedMs)
    ring.number(attempt.headersMs)
    ring.number(attempt.endedMs)
    ring.number(attempt.status)
    ring.text(attempt.endpoint?.origin ?? '')
    ring.text(attempt.endpointReason)
    ring.text(attempt.error?.code ?? '')
    kept++
  }
}

import { type Attempt, type Exchange, type Logger, shortName, type Verdict } from '@postern/core'
import type { ExchangeTrace } from './exchange-trace.ts'

/** Text of every line: what to search for. */
const MESSAGE = 'exchange'

/**
 * Writes the one line that an exchange leaves. The fields are one flat object of one shape, without nested
 * values, which is what pino writes fastest; fields that are `undefined` are left out. **No header values,
 * tokens, bodies or queries.**
 *
 * What is as it nearly always is goes without saying, since every line would pay for it: one attempt, guards that
 * enforce and allow, and an exchange id that is the trace's own.
 */
export function logExchange(logger: Logger, exchange: Exchange, trace: ExchangeTrace): void {
  const { attempt, error, finishedMs, respondedMs, startedMs, verdicts } = exchange
  const attempts = countAttempts(attempt)
  const headMs = (respondedMs > 0 ? respondedMs : finishedMs) - startedMs
  logger.info(
    {
      traceId: trace.traceId,
      spanId: trace.spanId,
      parentSpanId: trace.parentSpanId,
      exchangeId: exchange.id === trace.traceId ? undefined : exchange.id,
      seat: exchange.seat,
      caller: exchange.caller === '' ? undefined : exchange.caller,
      method: exchange.method,
      path: exchange.path,
      // A client that left without an answer is told apart by 499, as nginx does.
      status: exchange.status > 0 ? exchange.status : (error?.status ?? 0),
      error: error?.code,
      aborted: exchange.aborted ? true : undefined,
      upstream: attempt?.endpoint?.origin,
      attempts: attempts === 1 ? undefined : attempts,
      requestBytes: exchange.requestBytes,
      responseBytes: exchange.responseBytes,
      durationMs: micros(finishedMs - startedMs),
      gatewayMs: micros(headMs - trace.upstreamMs),
      upstreamMs: attempt === null ? undefined : micros(trace.upstreamMs),
      verdicts: verdictText(verdicts),
    },
    MESSAGE,
  )
}

/** Milliseconds to three places: digits beyond a microsecond are noise that every line would carry. */
function micros(ms: number): number {
  return ms <= 0 ? 0 : Math.round(ms * 1_000) / 1_000
}

const shortNames = new Map<string, string>()

/** Verdicts worth a word as one text: `auth:shadow:deny:GW_AUTH_TOKEN_EXPIRED,limit:observe:seen:none`. */
function verdictText(verdicts: readonly Verdict[]): string | undefined {
  let text: string | undefined
  for (const { plugin, mode, decision, reason } of verdicts) {
    if (mode === 'enforce' && decision === 'allow') continue
    let name = shortNames.get(plugin)
    if (name === undefined) {
      name = shortName(plugin)
      shortNames.set(plugin, name)
    }
    text = `${text === undefined ? '' : `${text},`}${name}:${mode}:${decision}:${reason}`
  }
  return text
}

/** How many attempts were made. The one that counts need not be the last: others may have run beside it. */
function countAttempts(last: Attempt | null): number {
  let count = 0
  for (let attempt = last; attempt !== null; attempt = attempt.previous)
    count = Math.max(count, attempt.number)
  return count
}

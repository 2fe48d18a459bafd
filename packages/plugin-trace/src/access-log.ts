import { type Exchange, type Logger, shortName, type Verdict } from '@postern/core'
import type { ExchangeTrace } from './exchange-trace.ts'

/** Text of every line: what to search for. */
const MESSAGE = 'exchange'

/**
 * Writes the one line that an exchange leaves. The fields are one flat object of one shape, without nested
 * values, which is what pino writes fastest; fields that are `undefined` are left out. **No header values,
 * tokens, bodies or queries.**
 */
export function logExchange(logger: Logger, exchange: Exchange, trace: ExchangeTrace): void {
  const { attempt, error, finishedMs, respondedMs, startedMs, verdicts } = exchange
  const headMs = (respondedMs > 0 ? respondedMs : finishedMs) - startedMs
  logger.info(
    {
      traceId: trace.traceId,
      spanId: trace.spanId,
      parentSpanId: trace.parentSpanId,
      exchangeId: exchange.id,
      seat: exchange.seat,
      caller: exchange.caller === '' ? undefined : exchange.caller,
      method: exchange.method,
      path: exchange.path,
      // A client that left without an answer is told apart by 499, as nginx does.
      status: exchange.status > 0 ? exchange.status : (error?.status ?? 0),
      error: error?.code,
      aborted: exchange.aborted ? true : undefined,
      upstream: attempt?.endpoint?.origin,
      attempts: attempt?.number ?? 0,
      requestBytes: exchange.requestBytes,
      responseBytes: exchange.responseBytes,
      durationMs: micros(finishedMs - startedMs),
      gatewayMs: micros(headMs - trace.upstreamMs),
      upstreamMs: attempt === null ? undefined : micros(trace.upstreamMs),
      verdicts: verdicts.length === 0 ? undefined : verdictText(verdicts),
    },
    MESSAGE,
  )
}

/** Milliseconds to three places: digits beyond a microsecond are noise that every line would carry. */
function micros(ms: number): number {
  return ms <= 0 ? 0 : Math.round(ms * 1_000) / 1_000
}

const shortNames = new Map<string, string>()

/** Verdicts as one text: `auth:shadow:deny:GW_AUTH_TOKEN_EXPIRED,limit:enforce:allow:ok`. */
function verdictText(verdicts: readonly Verdict[]): string {
  let text = ''
  for (const { plugin, mode, decision, reason } of verdicts) {
    let name = shortNames.get(plugin)
    if (name === undefined) {
      name = shortName(plugin)
      shortNames.set(plugin, name)
    }
    text = `${text === '' ? '' : `${text},`}${name}:${mode}:${decision}:${reason}`
  }
  return text
}

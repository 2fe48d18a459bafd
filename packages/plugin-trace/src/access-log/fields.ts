import { type Exchange, shortName, type Verdict } from '@postern/core'
import { type Principal, principal, usedName } from '@postern/core/contracts'
import type { ExchangeTrace } from '../exchange-trace.ts'
import { summarize } from './attempts.ts'
import { closedBy } from './closed-by.ts'
import type { HeaderNames } from './header-names.ts'
import type { AccessLine } from './line.ts'
import { mediaType } from './media-type.ts'
import { roundMs } from './round.ts'

/** What of an exchange is told. */
export interface LineSettings {
  readonly path: boolean
  readonly requestHeaders: HeaderNames
  readonly responseHeaders: HeaderNames
}

/**
 * The line that an exchange leaves: one flat object of one shape, without nested values, which is what pino writes
 * fastest. **No header values, tokens, bodies or queries.**
 */
export function accessLine(exchange: Exchange, trace: ExchangeTrace, settings: LineSettings): AccessLine {
  const { error, finishedMs, respondedMs, startedMs } = exchange
  const { linked } = trace.incoming
  const attempts = summarize(exchange)
  const headMs = (respondedMs > 0 ? respondedMs : finishedMs) - startedMs
  const who = exchange.get(principal)
  const wasTried = attempts.count > 0
  return {
    traceId: trace.traceId,
    spanId: trace.spanId,
    parentSpanId: trace.parentSpanId,
    alias: exchange.get(usedName)?.oldName.name,
    attemptSpanIds: trace.attemptSpanIds || undefined,
    linkedTraceId: linked?.traceId,
    linkedSpanId: linked?.spanId,
    sampled: trace.sampled ? undefined : false,
    exchangeId: exchange.id === trace.traceId ? undefined : exchange.id,
    seat: exchange.seat,
    listener: exchange.listener || undefined,
    caller: exchange.caller || undefined,
    callerKind: callerKind(exchange, who),
    auth: who?.scheme,
    method: exchange.method,
    path: settings.path ? exchange.path : undefined,
    httpVersion: exchange.httpVersion || undefined,
    // A client that left without an answer is told apart by 499, as nginx does.
    status: exchange.status > 0 ? exchange.status : (error?.status ?? 0),
    error: error?.code,
    aborted: exchange.aborted ? true : undefined,
    closedBy: closedBy(exchange),
    upstream: exchange.attempt?.endpoint?.origin,
    attempts: attempts.count === 1 ? undefined : attempts.count,
    attemptLog: attempts.log,
    requestBytes: exchange.requestBytes,
    responseBytes: exchange.responseBytes,
    requestType: mediaType(exchange.requestHeaders),
    responseType: mediaType(exchange.responseHeaders),
    requestHeaders: settings.requestHeaders(exchange.requestHeaders),
    responseHeaders: settings.responseHeaders(exchange.responseHeaders),
    verdicts: verdictText(exchange.verdicts),
    durationMs: roundMs(finishedMs - startedMs),
    gatewayMs: roundMs(headMs - attempts.queueMs - attempts.upstreamMs),
    queueMs: wasTried ? roundMs(attempts.queueMs) : undefined,
    upstreamMs: wasTried ? roundMs(attempts.upstreamMs) : undefined,
    bodyMs: respondedMs > 0 ? roundMs(finishedMs - respondedMs) : undefined,
  }
}

/** Absent where another than a principal's guard has named the caller. */
function callerKind({ caller, clientAddress }: Exchange, who: Principal | undefined): string | undefined {
  if (who !== undefined) return who.kind
  return caller !== '' && caller === clientAddress ? 'address' : undefined
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

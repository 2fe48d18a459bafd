import { type ParentContext, parseTraceparent } from './traceparent.ts'
import { checkTracestate } from './tracestate.ts'

/** What a request brings along of a trace. */
export interface IncomingContext {
  /** The caller's span; `undefined` when the trace starts here. */
  readonly parent: ParentContext | undefined
  /** What was decided about sampling; `undefined` when nobody has: a new trace, or B3 that leaves it to us. */
  readonly sampled: boolean | undefined
  /** Whether the trace is recorded whatever samplers say (B3). */
  readonly debug: boolean
  /** `tracestate` to pass on; never without a parent. */
  readonly state: string | undefined
  /**
   * Whether `state` is what the one `tracestate` line says, or there is none: then the header stands as it
   * should.
   */
  readonly stateStands: boolean
  /** Whether the caller's context may go on at all; `false` drops its baggage, too. */
  readonly isContinued: boolean
  /** Where a caller came from whose context is not continued, but named. */
  readonly linked: ParentContext | undefined
}

/** A request without any context. */
export const NOTHING: IncomingContext = Object.freeze({
  parent: undefined,
  sampled: undefined,
  debug: false,
  state: undefined,
  stateStands: true,
  isContinued: true,
  linked: undefined,
})
/** A `tracestate` without a valid `traceparent`: it must not go on. */
const STATE_ALONE: IncomingContext = Object.freeze({ ...NOTHING, stateStands: false })
/** Of callers that are not trusted. */
export const NOT_CONTINUED: IncomingContext = Object.freeze({ ...STATE_ALONE, isContinued: false })

/**
 * Reads the trace context of a request in one pass over its flat headers.
 *
 * Several `traceparent` lines, or one that is not valid, start a new trace; `tracestate` means nothing
 * without the `traceparent` that it came with, and its lines are one list in their order (W3C Trace Context,
 * sections 3.2.4, 3.3.1).
 */
export function readIncoming(headers: readonly string[]): IncomingContext {
  let parentLines = 0
  let stateLines = 0
  let parentText = ''
  let stateText = ''
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    // `traceparent` has 11 letters, `tracestate` 10: most headers are told apart without reading them.
    if (name.length === 11) {
      if (!isName(name, 'traceparent')) continue
      parentText = headers[i + 1] as string
      parentLines++
    } else if (name.length === 10) {
      if (!isName(name, 'tracestate')) continue
      stateText = stateLines === 0 ? (headers[i + 1] as string) : `${stateText},${headers[i + 1]}`
      stateLines++
    }
  }
  const parent = parentLines === 1 ? parseTraceparent(parentText) : undefined
  if (parent === undefined) return stateLines === 0 ? NOTHING : STATE_ALONE
  const state = stateLines === 0 ? undefined : checkTracestate(stateText)
  return {
    parent,
    sampled: (parent.flags & 1) === 1,
    debug: false,
    state,
    stateStands: stateLines === 0 || (stateLines === 1 && state === stateText),
    isContinued: true,
    linked: undefined,
  }
}

function isName(name: string, lowerName: string): boolean {
  return name === lowerName || name.toLowerCase() === lowerName
}

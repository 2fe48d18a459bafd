import { type ParentContext, parseTraceparent } from './traceparent.ts'
import { checkTracestate } from './tracestate.ts'

/** What a request brings along of a trace. */
export interface IncomingContext {
  /** The caller's span; `undefined` when the trace starts here. */
  readonly parent: ParentContext | undefined
  /** `tracestate` to pass on; never without a parent. */
  readonly state: string | undefined
  /**
   * Whether `state` is what the one `tracestate` line says, or there is none: then the header stands as it
   * should.
   */
  readonly stateStands: boolean
}

const NOTHING: IncomingContext = Object.freeze({ parent: undefined, state: undefined, stateStands: true })
/** For callers that are not trusted, and for a `tracestate` without a `traceparent`: it must not go on. */
export const NOT_TRUSTED: IncomingContext = Object.freeze({
  parent: undefined,
  state: undefined,
  stateStands: false,
})

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
  if (parent === undefined) return stateLines === 0 ? NOTHING : NOT_TRUSTED
  if (stateLines === 0) return { parent, state: undefined, stateStands: true }
  const state = checkTracestate(stateText)
  return { parent, state, stateStands: stateLines === 1 && state === stateText }
}

function isName(name: string, lowerName: string): boolean {
  return name === lowerName || name.toLowerCase() === lowerName
}

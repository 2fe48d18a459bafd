/** The `traceparent` header by hand: W3C Trace Context, section 3.2. */

/** What a caller says about its place in a trace. */
export interface ParentContext {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string
  /** 16 lower-case hex digits, not all zero: the caller's span. */
  readonly spanId: string
  /** The flags byte. Bit 0: sampled, bit 1: random. */
  readonly flags: number
}

/** The flag that says that the trace is recorded. */
export const FLAG_SAMPLED = 0x01
/** The flag that says that the right-most 7 bytes of the trace id are random (level 2, section 3.2.2.5.2). */
export const FLAG_RANDOM = 0x02
/** Length of a header of version 00; later versions may be longer. */
const LENGTH = 55
const DASH = 0x2d
const ZERO = 0x30

/**
 * Reads a `traceparent` value.
 * @returns `undefined` when the value is not valid: the caller's trace then ends, and a new one starts
 * (section 3.2.4).
 */
export function parseTraceparent(value: string): ParentContext | undefined {
  if (value.length < LENGTH) return undefined
  if (value.charCodeAt(2) !== DASH || value.charCodeAt(35) !== DASH || value.charCodeAt(52) !== DASH)
    return undefined
  if (
    !isLowerHex(value, 0, 2) ||
    !isLowerHex(value, 3, 35) ||
    !isLowerHex(value, 36, 52) ||
    !isLowerHex(value, 53, 55)
  ) {
    return undefined
  }
  const version = byteAt(value, 0)
  if (version === 0xff) return undefined
  // Version 00 ends here. A later version may go on after a dash with fields that this one cannot read.
  if (value.length > LENGTH && (version === 0 || value.charCodeAt(LENGTH) !== DASH)) return undefined
  if (isZero(value, 3, 35) || isZero(value, 36, 52)) return undefined
  const flags = byteAt(value, 53)
  return {
    traceId: value.slice(3, 35),
    spanId: value.slice(36, 52),
    // Of a later version only the sampled bit keeps its meaning when it is sent on as version 00 (section
    // 3.2.4).
    flags: version === 0 ? flags : flags & FLAG_SAMPLED,
  }
}

const FLAG_TEXTS: readonly string[] = Array.from(
  { length: 256 },
  (_, flags) => `-${flags.toString(16).padStart(2, '0')}`,
)

/** Writes a `traceparent` value of version 00, the only one that exists. */
export function formatTraceparent(traceId: string, spanId: string, flags: number): string {
  return `00-${traceId}-${spanId}${FLAG_TEXTS[flags & 0xff]}`
}

/**
 * Upper case is not valid (section 3.2.2): two spellings of one id would be two ids to whoever compares them.
 */
function isLowerHex(value: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const code = value.charCodeAt(i)
    if (!((code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66))) return false
  }
  return true
}

function isZero(value: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (value.charCodeAt(i) !== ZERO) return false
  return true
}

function byteAt(value: string, at: number): number {
  return (digit(value.charCodeAt(at)) << 4) | digit(value.charCodeAt(at + 1))
}

function digit(code: number): number {
  return code <= 0x39 ? code - 0x30 : code - 0x57
}

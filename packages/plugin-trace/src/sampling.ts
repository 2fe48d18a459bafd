/** How many digits of a trace id decide: 52 of the 56 bits that are random (W3C Trace Context level 2, section 3.2.2.5). */
const DIGITS = 13
const RANGE = 16 ** DIGITS

/**
 * Whether a trace belongs to a share of all traces. The right-most bits of its id decide, as in OpenTelemetry's consistent
 * sampling: everyone who asks with the same ratio gets the same answer, and a higher ratio keeps what a lower one keeps.
 * @param traceId 32 lower-case hex digits.
 * @param ratio 0 to 1.
 */
export function isChosen(traceId: string, ratio: number): boolean {
  if (ratio >= 1) return true
  if (ratio <= 0) return false
  return Number.parseInt(traceId.slice(-DIGITS), 16) >= (1 - ratio) * RANGE
}

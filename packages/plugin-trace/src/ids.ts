import { randomFillSync } from 'node:crypto'

const ID_BYTES = 8
const POOL_BYTES = ID_BYTES * 512
const pool = Buffer.allocUnsafeSlow(POOL_BYTES)
let offset = POOL_BYTES

/** An id that means "none" in W3C Trace Context (section 3.2.2.4). */
const NONE = '0000000000000000'

/**
 * A random span id: 16 lower-case hex digits, never all zero. Taken from a pool of random bytes: asking the
 * operating system for 8 bytes costs 5 µs each time.
 */
export function newSpanId(): string {
  if (offset === POOL_BYTES) {
    randomFillSync(pool)
    offset = 0
  }
  const start = offset
  offset += ID_BYTES
  const id = pool.toString('hex', start, offset)
  return id === NONE ? newSpanId() : id
}

/**
 * The trace id of a trace that begins with this exchange. Its own id is random and of the same form, unless a trusted
 * caller gave it; what is no trace id would make every receiver start anew.
 */
export function traceIdFor(exchangeId: string): string {
  return /^(?!0{32})[0-9a-f]{32}$/.test(exchangeId) ? exchangeId : newSpanId() + newSpanId()
}

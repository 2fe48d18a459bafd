import { randomBytes, randomFillSync } from 'node:crypto'

const ID_BYTES = 16
const POOL_BYTES = ID_BYTES * 256
const pool = Buffer.allocUnsafeSlow(POOL_BYTES)
let offset = POOL_BYTES

/** A random id of 32 lower-case hex digits. Taken from a pool: one call of `randomBytes` per id costs 5 µs. */
export function randomId(): string {
  if (offset === POOL_BYTES) {
    randomFillSync(pool)
    offset = 0
  }
  const start = offset
  offset += ID_BYTES
  return pool.toString('hex', start, offset)
}

/** A short random suffix of 8 hex digits, for names made once. */
export function randomSuffix(): string {
  return randomBytes(4).toString('hex')
}

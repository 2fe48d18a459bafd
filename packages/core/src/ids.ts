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

/** A place in 0…1 for an id: the same for the same id, and evenly spread, also over ids that others made. */
export function spread(id: string): number {
  // FNV-1a, 32 bits, with a last mix: ids that differ in their last digit only must not lie side by side.
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000
}

/** A short random suffix of 8 hex digits, for names made once. */
export function randomSuffix(): string {
  return randomBytes(4).toString('hex')
}

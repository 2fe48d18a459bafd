import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** What a hash costs (RFC 7914): memory is 128 · N · r bytes, time grows with N · r · p. */
export interface ScryptCost {
  /** Logarithm of N to base 2. */
  readonly ln: number
  /** Block size. */
  readonly r: number
  /** How often it runs one after the other. */
  readonly p: number
}

/** A password hash, read. */
export interface PasswordHash extends ScryptCost {
  readonly salt: Buffer
  readonly key: Buffer
}

/** 32 MiB three times: one of the settings that OWASP's password storage cheat sheet holds to be equal. */
export const DEFAULT_COST: ScryptCost = Object.freeze({ ln: 15, r: 8, p: 3 })

const MIN_MEMORY_BYTES = 16_777_216
const MAX_MEMORY_BYTES = 268_435_456
const SALT_BYTES = 16
const KEY_BYTES = 32
// The PHC string format: base 64 without padding.
const PHC = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43,86})$/

/** Reads a hash. `undefined` for another form, and for a cost that protects nothing or would take the gateway down. */
export function readPasswordHash(text: string): PasswordHash | undefined {
  const [, ln, r, p, salt = '', key = ''] = PHC.exec(text) ?? []
  if (ln === undefined) return undefined
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) }
  if (!isSound(cost)) return undefined
  return { ...cost, salt: Buffer.from(salt, 'base64'), key: Buffer.from(key, 'base64') }
}

/** Whether a text is a hash that can be used. */
export function isPasswordHash(text: string): boolean {
  return readPasswordHash(text) !== undefined
}

/**
 * Hashes a password with scrypt (RFC 7914) and a random salt, for `basic.users` and its file, in the PHC string format.
 * Takes some tenths of a second, off the event loop.
 * @param cost `ln`, `r` and `p`: 16 to 256 MiB (128 · 2^ln · r), `p` up to 16. Default: 15, 8, 3.
 * @throws {RangeError} as a rejection: on an empty password, one with control characters, or another cost.
 */
export async function hashPassword(password: string, cost: ScryptCost = DEFAULT_COST): Promise<string> {
  if (password === '' || HAS_CONTROL.test(password))
    throw new RangeError('A password is not empty and has no control characters (RFC 7617 section 2).')
  if (!isSound(cost))
    throw new RangeError('The cost must need 16 to 256 MiB (128 · 2^ln · r), with p from 1 to 16.')
  const salt = randomBytes(SALT_BYTES)
  const key = await derive(password, salt, KEY_BYTES, cost)
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${unpadded(salt)}$${unpadded(key)}`
}

/** Whether a password has this hash. Takes the same time for every password. */
export async function isPassword(password: string, hash: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, hash.salt, hash.key.length, hash), hash.key)
}

/** A hash that no password has, as costly as a real one. */
export function decoy({ ln, r, p }: ScryptCost): PasswordHash {
  return { ln, r, p, salt: randomBytes(SALT_BYTES), key: randomBytes(KEY_BYTES) }
}

/** What neither a user name nor a password may hold (RFC 7617 section 2). */
export const HAS_CONTROL: RegExp = /\p{Cc}/u

function isSound({ ln, r, p }: ScryptCost): boolean {
  const memory = 128 * 2 ** ln * r
  return (
    [ln, r, p].every((value) => Number.isInteger(value) && value >= 1) &&
    memory >= MIN_MEMORY_BYTES &&
    memory <= MAX_MEMORY_BYTES &&
    p <= 16
  )
}

function derive(password: string, salt: Buffer, bytes: number, { ln, r, p }: ScryptCost): Promise<Buffer> {
  // Some clients compose letters and marks, others do not; both mean the same password (RFC 7617 section 2.1).
  const input = password.normalize('NFC')
  const cost = { N: 2 ** ln, r, p, maxmem: 2 * MAX_MEMORY_BYTES }
  return new Promise((resolve, reject) => {
    scrypt(input, salt, bytes, cost, (error, key) => (error ? reject(error) : resolve(key)))
  })
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}

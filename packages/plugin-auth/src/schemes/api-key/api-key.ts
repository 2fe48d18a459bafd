import { hash, randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** Of 62 characters each: 190 bits. */
const RANDOM_LENGTH = 32
const CHECKSUM_LENGTH = 6
const MIN_LENGTH = 20
const MAX_LENGTH = 512
const KEY = /^[\x21-\x7e]+$/
const GENERATED = /^([a-z][a-z0-9]{0,15}_[0-9A-Za-z]{32})([0-9A-Za-z]{6})$/

/** Whether it has the form of a key: up to 512 printable ASCII characters without blanks. */
export function isKeyForm(key: string): boolean {
  return key.length <= MAX_LENGTH && KEY.test(key)
}

/**
 * The hash of an API key, as an entry has it: `sha256:` and 64 hex digits. A fast hash is right here: nobody guesses 190
 * random bits, however fast, and the hash is computed for every request. For what people choose, use `hashPassword`.
 * @throws {RangeError} when the key is shorter than 20 characters, longer than 512, or not printable ASCII.
 */
export function hashApiKey(key: string): string {
  if (key.length < MIN_LENGTH || !isKeyForm(key)) {
    throw new RangeError(
      `An API key has ${MIN_LENGTH} to ${MAX_LENGTH} printable ASCII characters without blanks; generateApiKey() makes one.`,
    )
  }
  return `sha256:${hash('sha256', key, 'hex')}`
}

/**
 * A new API key: prefix, `_`, 32 random characters of `0-9A-Za-z` and a checksum of 6 (the CRC-32 of all before it, base
 * 62). Prefix and checksum let a secret scanner find it in repositories and logs without false alarms.
 * @param prefix 1 to 16 lower-case letters and digits, a letter first. Default: `postern`.
 * @throws {RangeError} on another prefix.
 */
export function generateApiKey(prefix = 'postern'): string {
  if (!/^[a-z][a-z0-9]{0,15}$/.test(prefix)) {
    throw new RangeError(
      'The prefix of an API key is 1 to 16 lower-case letters and digits, beginning with a letter.',
    )
  }
  const random = Array.from({ length: RANDOM_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
  const body = `${prefix}_${random}`
  return body + checksum(body)
}

/** Whether it looks like a generated key whose checksum is wrong: it was cut or mistyped. */
export function isMistyped(key: string): boolean {
  const [, body, given] = GENERATED.exec(key) ?? []
  return body !== undefined && given !== checksum(body)
}

function checksum(body: string): string {
  let rest = crc32(body)
  let digits = ''
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = (ALPHABET[rest % ALPHABET.length] as string) + digits
    rest = Math.floor(rest / ALPHABET.length)
  }
  return digits
}

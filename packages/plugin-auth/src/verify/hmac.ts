import { hash } from 'node:crypto'
import type { KeyRecord } from './jwk.ts'
import { type JwtSecret, SECRET_BYTES, type SymmetricAlgorithm } from './jwt-options.ts'

const ENCODED: Readonly<Record<string, RegExp>> = {
  base64: /^[A-Za-z0-9+/]+={0,2}$/,
  base64url: /^[A-Za-z0-9_-]+$/,
  hex: /^([0-9A-Fa-f]{2})+$/,
}

/** Whether an algorithm signs and checks with the same secret. */
export function isSymmetric(algorithm: string): algorithm is SymmetricAlgorithm {
  return Object.hasOwn(SECRET_BYTES, algorithm)
}

/** What is wrong with secrets for these algorithms, without any part of them; `undefined` when nothing is. */
export function secretFault(
  secrets: readonly JwtSecret[],
  algorithms: readonly string[],
): string | undefined {
  const needed = Math.max(0, ...algorithms.filter(isSymmetric).map((name) => SECRET_BYTES[name]))
  for (const [place, { value, encoding = 'utf8' }] of secrets.entries()) {
    if (ENCODED[encoding]?.test(value) === false) return `Secret ${place} is not ${encoding}`
    const { length } = Buffer.from(value, encoding)
    if (length < needed)
      return `Secret ${place} has ${length} bytes, but ${algorithms.join(', ')} needs ${needed} (RFC 7518 section 3.2)`
  }
  return undefined
}

/** The keys that configured secrets are. They are good for symmetric algorithms alone. */
export function secretKeys(
  secrets: readonly JwtSecret[],
  algorithms: readonly string[],
): readonly KeyRecord[] {
  return secrets.map(({ value, encoding = 'utf8', kid }) => {
    const k = Buffer.from(value, encoding).toString('base64url')
    const id = hash('sha256', JSON.stringify(['oct', k, kid ?? null, algorithms]), 'base64url')
    return {
      id,
      kid,
      unnamed: kid === undefined,
      names: kid === undefined ? [] : [kid],
      algorithms: algorithms.filter(isSymmetric),
      jwk: { kty: 'oct', k },
      live: true,
    }
  })
}

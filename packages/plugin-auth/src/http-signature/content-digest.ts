import { createHash } from 'node:crypto'
import { parseDictionary } from './structured.ts'

/** Algorithms of RFC 9530 section 5 that are not broken, by Node's name. */
const DIGESTS: Readonly<Record<string, string>> = { 'sha-256': 'sha256', 'sha-512': 'sha512' }

/** Whether `Content-Digest` (RFC 9530 section 2) is that of a body: all digests that are known here, and at least one. */
export function digestFits(header: string, body: Uint8Array): boolean {
  let known = 0
  try {
    for (const [name, member] of parseDictionary(header)) {
      const algorithm = Object.hasOwn(DIGESTS, name) ? DIGESTS[name] : undefined
      if (algorithm === undefined) continue
      const [value] = member
      if (!(value instanceof ArrayBuffer)) return false
      if (!createHash(algorithm).update(body).digest().equals(Buffer.from(value))) return false
      known += 1
    }
  } catch {
    return false
  }
  return known > 0
}

/** `Content-Digest` of a body. */
export function contentDigest(body: Uint8Array): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
}

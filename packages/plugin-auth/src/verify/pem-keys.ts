import { createPublicKey } from 'node:crypto'
import { type KeyRecord, readKey } from './jwk.ts'

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g

/** The public keys of PEM text, from key and certificate blocks; for a block that cannot be used, why. */
export function readPem(text: string): readonly (KeyRecord | string)[] {
  return Array.from(text.matchAll(BLOCK), ([block, label = '']) => {
    // node:crypto would derive the public key, and a private key would stay where a public one belongs.
    if (label.endsWith('PRIVATE KEY')) return 'is a private key'
    try {
      const key = readKey(createPublicKey(block).export({ format: 'jwk' }))
      return typeof key === 'string' ? key : { ...key, unnamed: true }
    } catch {
      return `(${label.toLowerCase()}) is not a key that can verify signatures`
    }
  })
}

import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readKey } from './read-key.ts'

/** Algorithms that the gateway signs tokens with. */
export const TOKEN_ALGORITHMS = ['ES256', 'EdDSA'] as const

/** One of them. */
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number]

/** A private key, and what verifiers are told of it. */
export interface SigningKey {
  /** RFC 7638 thumbprint of its public key, so that every process that reads the same file calls it the same. */
  readonly kid: string
  /** The one algorithm it is used with. */
  readonly algorithm: TokenAlgorithm
  /** The key itself. */
  readonly privateKey: KeyObject
  /** Its public half, as it is published. */
  readonly publicJwk: Readonly<Record<string, unknown>>
}

/** Makes a key in memory. */
export function generateSigningKey(algorithm: TokenAlgorithm): SigningKey {
  const { privateKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('ed25519')
  return describe(privateKey)
}

/**
 * Reads a private key: PEM (PKCS #8 or SEC1), or a JWK.
 * @throws {Error} that says what is wrong, without any part of the key.
 */
export function readSigningKey(text: string): SigningKey {
  return describe(readKey(text, 'private'))
}

function describe(privateKey: KeyObject): SigningKey {
  const { kty, crv, x, y } = createPublicKey(privateKey as never).export({ format: 'jwk' })
  const algorithm =
    kty === 'EC' && crv === 'P-256' ? 'ES256' : kty === 'OKP' && crv === 'Ed25519' ? 'EdDSA' : undefined
  if (!algorithm) throw new Error('is a key neither for ES256 (P-256) nor for EdDSA (Ed25519)')
  // RFC 7638 section 3: the required members, in this order, without blanks.
  const required = algorithm === 'ES256' ? { crv, kty, x, y } : { crv, kty, x }
  const kid = createHash('sha256').update(JSON.stringify(required)).digest('base64url')
  const publicJwk = Object.freeze({ ...required, kid, alg: algorithm, use: 'sig' })
  return Object.freeze({ kid, algorithm, privateKey, publicJwk })
}

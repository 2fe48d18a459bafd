import {
  constants,
  createHmac,
  createSecretKey,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import { readKey } from '../keys/read-key.ts'

/** Algorithms of RFC 9421 section 3.3. */
export const SIGNATURE_ALGORITHMS = [
  'ed25519',
  'ecdsa-p256-sha256',
  'rsa-pss-sha512',
  'rsa-v1_5-sha256',
  'hmac-sha256',
] as const

/** One of them. */
export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number]

/** A key, bound to the one algorithm that it is used with. */
export interface SignatureKey {
  readonly algorithm: SignatureAlgorithm
  readonly key: KeyObject
}

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 } as const
const LEAST_RSA_BITS = 2_048
const LEAST_SECRET_BYTES = 32

/**
 * Reads a key: PEM or JWK, for `hmac-sha256` the secret in base64.
 * @param half which half of a key pair is needed.
 * @throws {Error} that says what is wrong, without any part of the key.
 */
export function readSignatureKey(
  text: string,
  algorithm: SignatureAlgorithm,
  half: 'public' | 'private',
): SignatureKey {
  if (algorithm === 'hmac-sha256') {
    const bytes = Buffer.from(text, 'base64')
    if (!/^[A-Za-z0-9+/_-]+=*$/.test(text) || bytes.length < LEAST_SECRET_BYTES)
      throw new Error(`is no base64 of at least ${LEAST_SECRET_BYTES} bytes`)
    return { algorithm, key: createSecretKey(bytes) }
  }
  const key = readKey(text, half)
  if (!fits(key, algorithm)) throw new Error(`is no key for ${algorithm}`)
  return { algorithm, key }
}

function fits(
  { asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject,
  algorithm: string,
): boolean {
  if (algorithm === 'ed25519') return type === 'ed25519'
  if (algorithm === 'ecdsa-p256-sha256') return type === 'ec' && details?.namedCurve === 'prime256v1'
  const isRsa = type === 'rsa' || (type === 'rsa-pss' && algorithm === 'rsa-pss-sha512')
  return isRsa && (details?.modulusLength ?? 0) >= LEAST_RSA_BITS
}

/** Signs a signature base. */
export function signBase({ algorithm, key }: SignatureKey, base: string): Buffer {
  const data = Buffer.from(base)
  switch (algorithm) {
    case 'ed25519':
      return sign(null, data, key)
    case 'ecdsa-p256-sha256':
      return sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' })
    case 'rsa-pss-sha512':
      return sign('sha512', data, { key, ...PSS })
    case 'rsa-v1_5-sha256':
      return sign('sha256', data, key)
    case 'hmac-sha256':
      return createHmac('sha256', key).update(data).digest()
  }
}

/** Checks a signature of a base, beside the event loop. Never rejects. */
export function verifyBase(
  signatureKey: SignatureKey,
  base: string,
  signature: Uint8Array,
): Promise<boolean> {
  const { algorithm, key } = signatureKey
  const data = Buffer.from(base)
  if (algorithm === 'hmac-sha256') {
    const own = signBase(signatureKey, base)
    return Promise.resolve(own.length === signature.length && timingSafeEqual(own, signature))
  }
  const digest = algorithm === 'ed25519' ? null : algorithm === 'rsa-pss-sha512' ? 'sha512' : 'sha256'
  const options =
    algorithm === 'rsa-pss-sha512'
      ? PSS
      : algorithm === 'ecdsa-p256-sha256'
        ? { dsaEncoding: 'ieee-p1363' as const }
        : {}
  return new Promise((resolve) => {
    verify(digest, data, { key, ...options }, signature, (error, good) => resolve(error === null && good))
  })
}

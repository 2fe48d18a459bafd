import { createPrivateKey, createPublicKey, type KeyObject, type webcrypto } from 'node:crypto'

/**
 * Reads one half of a key pair: PEM or JWK.
 * @throws {Error} that says what is wrong, without any part of the key.
 */
export function readKey(text: string, half: 'public' | 'private'): KeyObject {
  const create = half === 'public' ? createPublicKey : createPrivateKey
  try {
    return text.trimStart().startsWith('{')
      ? create({ key: JSON.parse(text) as webcrypto.JsonWebKey, format: 'jwk' })
      : create(text)
  } catch {
    throw new Error(`holds no ${half} key as PEM or JWK`)
  }
}

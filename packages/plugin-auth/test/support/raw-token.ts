import { CompactSign } from 'jose'
import type { TestIssuer, TestKey } from './test-issuer.ts'

/** A part of a token. Text stays as it is, so that a test decides each character. */
export const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A token with a good signature over a payload that no honest library would write. */
export function signText(
  key: TestKey,
  payload: string,
  header: Record<string, unknown> = {},
): Promise<string> {
  return new CompactSign(new TextEncoder().encode(payload))
    .setProtectedHeader({ alg: key.alg, kid: key.kid as string, ...header })
    .sign(key.privateKey)
}

/** A token with a good signature over two parts as they are: also a header that no honest library would write. */
export function signParts(key: CryptoKey, header: string, payload: string): Promise<string> {
  const input = `${header}.${payload}`
  const name = key.algorithm.name
  const algorithm = name === 'ECDSA' ? { name, hash: 'SHA-256' } : { name }
  return crypto.subtle
    .sign(algorithm, key, Buffer.from(input))
    .then((signature) => `${input}.${Buffer.from(signature).toString('base64url')}`)
}

/** The claims of an honest token as JSON text, with members put in front of them. */
export function claimsText(issuer: TestIssuer, more: string): string {
  const exp = Math.floor(Date.now() / 1_000) + 300
  return `{"iss":"${issuer.url}","aud":"gateway","exp":${exp},"sub":"svc-orders"${more}}`
}

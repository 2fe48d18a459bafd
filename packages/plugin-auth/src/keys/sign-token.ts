import { constants, type KeyObject, sign } from 'node:crypto'

const DIGESTS: Readonly<Record<string, string | null>> = {
  ES256: 'sha256',
  RS256: 'sha256',
  PS256: 'sha256',
  EdDSA: null,
}

/**
 * Signs a compact JWS (RFC 7515 section 3.1) at once. jose signs only behind a promise, and a hook that changes the
 * upstream's request cannot wait.
 */
export function signToken(
  header: Readonly<Record<string, unknown>> & { readonly alg: string },
  claims: Readonly<Record<string, unknown>>,
  key: KeyObject,
): string {
  const signed = `${encode(header)}.${encode(claims)}`
  const padding = header.alg === 'PS256' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {}
  const signature = sign(DIGESTS[header.alg] ?? null, Buffer.from(signed), {
    key,
    dsaEncoding: 'ieee-p1363',
    ...padding,
  })
  return `${signed}.${signature.toString('base64url')}`
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

import { createPublicKey, hash } from 'node:crypto'

/** The members of a JWK (RFC 7517) that verification needs, and nothing else. */
export interface VerificationJwk {
  readonly kty: string
  readonly crv?: string
  readonly x?: string
  readonly y?: string
  readonly n?: string
  readonly e?: string
  /** The secret of a symmetric key, which only options can hold. */
  readonly k?: string
}

/** One key of an issuer. The same object as long as the issuer publishes the same key. */
export interface KeyRecord {
  /** Digest of everything that selects and makes up the key. Names the imported key in a worker. */
  readonly id: string
  /** `kid`, by which tokens name it. */
  readonly kid: string | undefined
  /** Whether it is tried for every token, whatever `kid` it names: configured keys that have none of their own. */
  readonly unnamed: boolean
  /** What a revocation can call it: its `kid`, and the thumbprint of a public key (RFC 7638, SHA-256). */
  readonly names: readonly string[]
  /** Algorithms that it can verify. */
  readonly algorithms: readonly string[]
  /** The key itself. */
  readonly jwk: VerificationJwk
  /** Whether the issuer still publishes it. What it verified is worth nothing afterwards. */
  live: boolean
}

const RSA_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
// RFC 9864 gives EdDSA over this curve a second name.
const ED25519_ALGORITHMS = ['EdDSA', 'Ed25519']
const EC_ALGORITHMS: Readonly<Record<string, string>> = {
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
}
const MIN_RSA_BITS = 2_048

/** A public key, or why it cannot be used. Never a symmetric one: it would not be published. */
export function readKey(value: unknown): KeyRecord | string {
  if (typeof value !== 'object' || value === null) return 'is not an object'
  const { kty, crv, x, y, n, e, kid, alg, use, key_ops: operations, d } = value as Record<string, unknown>
  if (use !== undefined && use !== 'sig') return 'is not for signatures (use)'
  if (Array.isArray(operations) && !operations.includes('verify')) return 'is not for verification (key_ops)'
  // A published private key belongs to everyone who read it.
  if (d !== undefined) return 'is a private key'
  if (kid !== undefined && typeof kid !== 'string') return 'has a kid that is not a string'

  const jwk = publicMembers({ kty, crv, x, y, n, e })
  const possible = jwk && possibleAlgorithms(jwk)
  if (!jwk || !possible) return 'has a kty or crv that is not supported'
  const algorithms = alg === undefined ? possible : namesOf(alg).filter((name) => possible.includes(name))
  if (algorithms.length === 0) return 'has an alg that does not suit it'
  const fault = importFault(jwk)
  if (fault !== undefined) return fault

  const id = hash('sha256', JSON.stringify([jwk, kid ?? null, algorithms]), 'base64url')
  const names = kid === undefined ? [thumbprint(jwk)] : [kid, thumbprint(jwk)]
  return { id, kid, unnamed: false, names, algorithms, jwk, live: true }
}

/** RFC 7638: the digest of the required members in alphabetical order, which are all that a `VerificationJwk` has. */
function thumbprint(jwk: VerificationJwk): string {
  const members = Object.entries(jwk).sort(([one], [other]) => (one < other ? -1 : 1))
  return hash('sha256', JSON.stringify(Object.fromEntries(members)), 'base64url')
}

function publicMembers(members: Readonly<Record<string, unknown>>): VerificationJwk | undefined {
  const names = { EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'], RSA: ['n', 'e'] }[String(members['kty'])]
  if (!names) return undefined
  const jwk: Record<string, string> = { kty: String(members['kty']) }
  for (const name of names) {
    const member = members[name]
    if (typeof member !== 'string') return undefined
    jwk[name] = member
  }
  return jwk as unknown as VerificationJwk
}

function possibleAlgorithms({ kty, crv }: VerificationJwk): readonly string[] | undefined {
  if (kty === 'RSA') return RSA_ALGORITHMS
  if (kty === 'OKP') return crv === 'Ed25519' ? ED25519_ALGORITHMS : undefined
  const name = EC_ALGORITHMS[crv ?? '']
  return name === undefined ? undefined : [name]
}

function namesOf(alg: unknown): readonly string[] {
  if (typeof alg !== 'string') return []
  return ED25519_ALGORITHMS.includes(alg) ? ED25519_ALGORITHMS : [alg]
}

/** Imports the key once here, so that a bad one is found with the set and not by a request. */
function importFault(jwk: VerificationJwk): string | undefined {
  try {
    const { asymmetricKeyDetails: details } = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    if (jwk.kty !== 'RSA') return undefined
    if ((details?.modulusLength ?? 0) < MIN_RSA_BITS) return `is shorter than ${MIN_RSA_BITS} bits`
    // With an exponent of 1 a signature is the message itself: everyone can make it.
    const exponent = details?.publicExponent ?? 1n
    return exponent < 3n || exponent % 2n === 0n ? 'has a public exponent that protects nothing' : undefined
  } catch {
    return 'is not a valid key'
  }
}

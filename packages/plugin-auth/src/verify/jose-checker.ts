import { importJWK, type JWTVerifyOptions, jwtVerify } from 'jose'
import { isUnambiguous } from './json-form.ts'
import type { CheckFailure, CheckResult, IssuerRules, Job, WireKey } from './messages.ts'

type ImportedKey = Awaited<ReturnType<typeof importJWK>>

/** Imported keys that are kept. Old ones go first; rotation is what makes them old. */
const MAX_IMPORTED = 256

/** Checks signatures and claims with jose. Runs in a worker, or on the main thread when there are no workers. */
export class JoseChecker {
  readonly #rules: readonly JWTVerifyOptions[]
  readonly #imported = new Map<string, Promise<ImportedKey>>()

  constructor(issuers: readonly IssuerRules[]) {
    this.#rules = issuers.map((rules) => ({
      issuer: rules.issuer,
      audience: [...rules.audience],
      algorithms: [...rules.algorithms],
      clockTolerance: rules.clockToleranceMs / 1_000,
      requiredClaims: [...rules.requiredClaims, 'sub'],
      ...(rules.typ === undefined ? {} : { typ: rules.typ }),
    }))
  }

  /** Checks one token against its keys in order. Never rejects. */
  async check(job: Job): Promise<CheckResult> {
    const rules = this.#rules[job.issuer]
    if (!rules) return 'failed'
    for (const [place, key] of job.keys.entries()) {
      try {
        await jwtVerify(job.token, await this.#key(key, job.alg), rules)
        // Last: forged tokens cost no walk through their text.
        return job.token.split('.', 2).every(isUnambiguousPart) ? place : 'malformed'
      } catch (error) {
        const failure = toFailure(error)
        if (failure !== 'signature') return failure
      }
    }
    return 'signature'
  }

  /** Importing costs more than a check; the promise is kept so that one batch imports a key once. */
  #key(key: WireKey, alg: string): Promise<ImportedKey> {
    const name = `${key.id} ${alg}`
    let imported = this.#imported.get(name)
    if (imported) return imported
    if (this.#imported.size >= MAX_IMPORTED) {
      for (const oldest of this.#imported.keys()) {
        this.#imported.delete(oldest)
        break
      }
    }
    imported = importJWK({ ...key.jwk }, alg)
    imported.catch(() => this.#imported.delete(name))
    this.#imported.set(name, imported)
    return imported
  }
}

function isUnambiguousPart(part: string): boolean {
  return isUnambiguous(Buffer.from(part, 'base64url').toString())
}

/** By code, not by class: codes are what jose documents as stable. */
function toFailure(error: unknown): CheckFailure {
  const { code, claim, reason } = Object(error) as { code?: unknown; claim?: unknown; reason?: unknown }
  switch (code) {
    case 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED':
      return 'signature'
    case 'ERR_JWT_EXPIRED':
      return 'expired'
    case 'ERR_JWT_CLAIM_VALIDATION_FAILED':
      if (claim === 'nbf' && reason === 'check_failed') return 'early'
      if (claim === 'iss') return 'issuer'
      if (claim === 'aud') return 'audience'
      return claim === 'typ' ? 'typ' : 'claim'
    case 'ERR_JWS_INVALID':
    case 'ERR_JWT_INVALID':
    case 'ERR_JOSE_ALG_NOT_ALLOWED':
    case 'ERR_JOSE_NOT_SUPPORTED':
      return 'malformed'
    default:
      return 'failed'
  }
}

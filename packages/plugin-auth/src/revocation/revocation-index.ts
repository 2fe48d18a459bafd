import type { Verified } from '../schemes/scheme.ts'
import { keyName, type RevocationEntry } from './revocation.ts'

type Bucket = Map<string, RevocationEntry[]>

/** Revocations by what they name, so that a check looks at few of them however many there are. */
export class RevocationIndex {
  readonly #tokens: Bucket = new Map()
  readonly #subjects: Bucket = new Map()
  readonly #keys: Bucket = new Map()
  /** Those by time alone: a handful, one for an incident. */
  readonly #times: RevocationEntry[] = []

  /** Adds a revocation. */
  add(entry: RevocationEntry): void {
    if (entry.token !== undefined) put(this.#tokens, entry.token, entry)
    else if (entry.subject !== undefined) put(this.#subjects, entry.subject, entry)
    else if (entry.key !== undefined) put(this.#keys, entry.key, entry)
    else this.#times.push(entry)
  }

  /** Whether one of them fits. */
  has(verified: Verified, nowMs: number): boolean {
    const { principal, credential } = verified
    const fits = (entry: RevocationEntry): boolean => entryFits(entry, verified, nowMs)
    if (this.#times.some(fits) || this.#subjects.get(principal.id)?.some(fits)) return true
    if (credential === undefined) return false
    if (credential.tokenId !== undefined && this.#tokens.get(credential.tokenId)?.some(fits)) return true
    return credential.keys?.some((name) => this.#keys.get(keyName(name))?.some(fits)) ?? false
  }
}

function put(bucket: Bucket, name: string, entry: RevocationEntry): void {
  const entries = bucket.get(name)
  if (entries) entries.push(entry)
  else bucket.set(name, [entry])
}

function entryFits(entry: RevocationEntry, { principal, credential }: Verified, nowMs: number): boolean {
  if (nowMs >= entry.untilMs) return false
  if (entry.issuer !== undefined && entry.issuer !== principal.issuer) return false
  if (entry.token !== undefined && entry.token !== credential?.tokenId) return false
  if (entry.subject !== undefined && entry.subject !== principal.id) return false
  const { key, issuedBeforeMs } = entry
  if (key !== undefined && !credential?.keys?.some((name) => keyName(name) === key)) return false
  if (issuedBeforeMs === undefined) return true
  return credential?.issuedAtMs !== undefined && credential.issuedAtMs < issuedBeforeMs
}

import type { Principal } from '@postern/core/contracts'
import { type CensusCaller, callerKey } from './callers.ts'
import type { CredentialForm, CredentialsSeen } from './credentials-seen.ts'
import { isOld, lifeOf, type TokenLife } from './token-seen.ts'

/** What is known of what became of a request. `observed`: foreseen without any check. `checked`: what the guard said. */
export type CensusBasis = 'observed' | 'checked'

/** What a guard found out about a caller, beside its name. */
export interface VerifiedAs extends Pick<Principal, 'scheme' | 'kind' | 'issuer'> {}

/** All requests of one caller on one route, with the same form of credentials and the same outcome. */
export interface CensusRow extends CensusCaller {
  /** Id of the route; empty for requests for which there was no room. */
  readonly route: string
  /** What came. */
  readonly credentials: CredentialForm
  /** As what the caller was verified; absent where nobody did. */
  readonly verified?: VerifiedAs
  /** Whether the outcome was checked or is only foreseen. */
  readonly basis: CensusBasis
  /** Error code of the refusal; empty where the request passes. */
  readonly reason: string
  /** How many. */
  readonly requests: number
  /** How many of them were refused and not only would be: the mode was `enforce`. */
  readonly refused: number
  /** `kid` of the tokens, the first few. */
  readonly keyIds: readonly string[]
  /** How many tokens had how long to live. */
  readonly life: Readonly<Partial<Record<TokenLife, number>>>
  /** How many tokens were issued more than a year ago. */
  readonly olderThanYear: number
  /** Scopes that every one of these requests had; empty where nobody verified the caller. */
  readonly scopes: readonly string[]
  /** Unix time of the first, in milliseconds. */
  readonly firstSeenMs: number
  /** Unix time of the last, in milliseconds. */
  readonly lastSeenMs: number
}

/** One request, as the plugin tells the census of it. */
export interface Sighting {
  /** Id of the route. */
  readonly route: string
  /** Who. */
  readonly caller: CensusCaller
  /** With what. */
  readonly credentials: CredentialsSeen
  /** How its outcome is known. */
  readonly basis: CensusBasis
  /** Error code; empty where it passes. */
  readonly reason: string
  /** Whether it was refused in truth. */
  readonly refused: boolean
  /** The verified caller. */
  readonly principal: Principal | undefined
  /** Whether the same object is told again for requests that are alike. Default: false. */
  readonly lasts?: boolean | undefined
}

const MAX_KEY_IDS = 8
/** Rows for callers that had no room: by route and form, and then one for all the rest. */
const MAX_OVERFLOW = 1_000
/** Share of the rows that callers may take whom nobody verified: they can be as many as a client likes. */
const UNVERIFIED_SHARE = 3 / 4

type Row = {
  -readonly [K in keyof CensusRow]: CensusRow[K] extends readonly string[] ? string[] : CensusRow[K]
} & { life: Partial<Record<TokenLife, number>> }

/** Rows in bounded memory. What finds no room is counted all the same, without its caller. */
export class CensusRows {
  readonly #maxRows: number
  readonly #rows = new Map<string, Row>()
  readonly #overflow = new Map<string, Row>()
  #unverified = 0
  /** The rows of sightings that last: to make a key and find its row takes longer than all the rest. */
  #rowsOfLasting = new WeakMap<Sighting, Row>()

  constructor(maxRows: number) {
    this.#maxRows = maxRows
  }

  /** Counts one request. */
  add(sighting: Sighting, nowMs: number): void {
    let row = sighting.lasts ? this.#rowsOfLasting.get(sighting) : undefined
    if (!row) {
      row = this.#rowOf(sighting, nowMs)
      if (sighting.lasts) this.#rowsOfLasting.set(sighting, row)
    }
    count(row, sighting, nowMs)
  }

  #rowOf(sighting: Sighting, nowMs: number): Row {
    const { route, credentials, basis, reason, principal } = sighting
    const verified = principal ? `${principal.scheme} ${principal.kind} ${principal.issuer}` : ''
    const key = `${callerKey(sighting.caller)}\n${route}\n${credentials.key}\n${verified}\n${basis} ${reason}`
    return this.#rows.get(key) ?? this.#newRow(key, sighting, nowMs)
  }

  /** All rows, those with the most requests first. */
  read(): readonly CensusRow[] {
    return [...this.#rows.values(), ...this.#overflow.values()]
      .map((row) => ({
        ...row,
        keyIds: [...row.keyIds],
        scopes: [...row.scopes],
        life: { ...row.life },
      }))
      .toSorted((a, b) => b.requests - a.requests)
  }

  /** Forgets everything. */
  clear(): void {
    this.#rows.clear()
    this.#overflow.clear()
    this.#rowsOfLasting = new WeakMap()
    this.#unverified = 0
  }

  #newRow(key: string, sighting: Sighting, nowMs: number): Row {
    const { caller, route, credentials, principal } = sighting
    const isVerified = principal !== undefined
    const hasRoom =
      this.#rows.size < this.#maxRows &&
      (isVerified || this.#unverified < Math.max(1, this.#maxRows * UNVERIFIED_SHARE))
    if (!hasRoom) return this.#overflowRow(sighting, isVerified, nowMs)
    if (!isVerified) this.#unverified++
    const row = emptyRow(caller, route, credentials.form, sighting, nowMs)
    this.#rows.set(key, row)
    return row
  }

  #overflowRow(sighting: Sighting, isVerified: boolean, nowMs: number): Row {
    const { route, basis, reason, credentials, principal } = sighting
    // Of a token that nobody verified, any client could make as many forms as it likes.
    const form = isVerified ? credentials.form : { kinds: credentials.form.kinds, names: [] }
    const { scheme, kind, issuer } = principal ?? {}
    const key = JSON.stringify([route, form, scheme, kind, issuer, basis, reason])
    if (this.#overflow.size < MAX_OVERFLOW || this.#overflow.has(key))
      return this.#others(key, route, form, sighting, nowMs)
    return this.#others(`${basis} ${reason}`, '', NO_FORM, sighting, nowMs)
  }

  #others(key: string, route: string, form: CredentialForm, sighting: Sighting, nowMs: number): Row {
    const row = this.#overflow.get(key) ?? emptyRow(OTHERS, route, form, sighting, nowMs)
    this.#overflow.set(key, row)
    return row
  }
}

const NO_FORM: CredentialForm = Object.freeze({ kinds: [], names: [] })
const OTHERS: CensusCaller = Object.freeze({ caller: '', callerKind: 'others' })

function emptyRow(
  caller: CensusCaller,
  route: string,
  credentials: CredentialForm,
  { basis, reason, principal }: Sighting,
  nowMs: number,
): Row {
  const { scheme, kind, issuer } = principal ?? {}
  return {
    ...caller,
    route,
    credentials,
    ...(scheme === undefined || kind === undefined ? {} : { verified: { scheme, kind, issuer } }),
    basis,
    reason,
    requests: 0,
    refused: 0,
    keyIds: [],
    life: {},
    olderThanYear: 0,
    scopes: [...(principal?.scopes ?? [])],
    firstSeenMs: nowMs,
    lastSeenMs: nowMs,
  }
}

function count(row: Row, { refused, principal, credentials: { token } }: Sighting, nowMs: number): void {
  const scopes = principal?.scopes ?? []
  row.requests++
  if (refused) row.refused++
  row.lastSeenMs = nowMs
  if (row.scopes.some((scope) => !scopes.includes(scope)))
    row.scopes = row.scopes.filter((scope) => scopes.includes(scope))
  if (!token) return
  const { kid } = token
  if (kid !== undefined && row.keyIds.length < MAX_KEY_IDS && !row.keyIds.includes(kid)) row.keyIds.push(kid)
  const life = lifeOf(token, nowMs)
  row.life[life] = (row.life[life] ?? 0) + 1
  if (isOld(token, nowMs)) row.olderThanYear++
}

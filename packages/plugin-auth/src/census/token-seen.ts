import type { TokenHead } from '../verify/token-head.ts'
import { printable } from './printable.ts'

/** How long a token lives on from when it was seen. */
export type TokenLife =
  | 'expired'
  | 'under-1m'
  | 'under-1h'
  | 'under-1d'
  | 'under-30d'
  | 'under-1y'
  | 'over-1y'
  | 'never-expires'

/** What a JWT says about itself, as far as it is no secret. */
export interface TokenForm {
  /** `iss`; empty without one. */
  readonly issuer: string
  /** `alg` of its header. */
  readonly alg: string
  /** `aud`, the first few. */
  readonly audiences: readonly string[]
}

/** A JWT as it was seen. */
export interface TokenSeen {
  /** Its form. */
  readonly form: TokenForm
  /** The form as one text. */
  readonly key: string
  /** `kid` of its header. */
  readonly kid: string | undefined
  /** `exp` in seconds. */
  readonly exp: number | undefined
  /** `iat` in seconds. */
  readonly iat: number | undefined
  /** Who sends it by its own words: the client, or without one the subject. */
  readonly claimedBy: string | undefined
  /** What it says about itself, for whoever foresees what becomes of it. */
  readonly head: TokenHead
}

const MAX_AUDIENCES = 4
const YEAR_S = 365 * 86_400

const LIVES: readonly (readonly [TokenLife, number])[] = [
  ['expired', 0],
  ['under-1m', 60],
  ['under-1h', 3_600],
  ['under-1d', 86_400],
  ['under-30d', 30 * 86_400],
  ['under-1y', YEAR_S],
]

/** Takes from a token what may be kept of it. */
export function tokenSeen(head: TokenHead): TokenSeen {
  const { aud, exp, iat, sub, azp, client_id: clientId } = head.claims
  const audiences = (Array.isArray(aud) ? aud : [aud])
    .slice(0, MAX_AUDIENCES)
    .map(printable)
    .filter((one) => one !== undefined)
  const form = { issuer: printable(head.issuer) ?? '', alg: printable(head.alg) ?? '', audiences }
  return {
    form,
    key: JSON.stringify([form.issuer, form.alg, audiences]),
    kid: printable(head.kid),
    exp: typeof exp === 'number' ? exp : undefined,
    iat: typeof iat === 'number' ? iat : undefined,
    claimedBy: printable(clientId) ?? printable(azp) ?? printable(sub),
    head,
  }
}

/** How long a token lives on. */
export function lifeOf({ exp }: TokenSeen, nowMs: number): TokenLife {
  if (exp === undefined) return 'never-expires'
  const leftS = exp - nowMs / 1_000
  return LIVES.find(([, belowS]) => leftS < belowS)?.[0] ?? 'over-1y'
}

/** Whether a token was issued more than a year ago. */
export function isOld({ iat }: TokenSeen, nowMs: number): boolean {
  return iat !== undefined && nowMs / 1_000 - iat > YEAR_S
}

import type { Exchange, Logger } from '@postern/core'
import type { Principal } from '@postern/core/contracts'
import type { Rejection } from '../rejection.ts'

/** Ways in which a caller can prove who it is. */
export const SCHEME_NAMES = [
  'jwt',
  'introspection',
  'api-key',
  'basic',
  'mtls',
  'http-signature',
  'forward-auth',
] as const

/** How a caller can prove who it is. */
export type SchemeName = (typeof SCHEME_NAMES)[number]

/** A caller that has proved who it is. */
export interface Verified {
  /** Who it is. Frozen: one object may serve many requests. */
  readonly principal: Principal
  /** What a revocation can name beside the caller and its issuer. Default: nothing. */
  readonly credential?: Credential | undefined
  /** State of the revocation list by which it was last found good. A scheme that remembers starts it with -1; default: checked anew each time. */
  clearedEpoch?: number
}

/** Facts of credentials by which they can be revoked. */
export interface Credential {
  /** Id of this one token: its `jti`. */
  readonly tokenId?: string | undefined
  /** Names of the key that vouches for it: a `kid`, the `hash` of an API key, the `keyid` of a signature, the SHA-256 fingerprint of a certificate in hex. */
  readonly keys?: readonly string[] | undefined
  /** When it was issued, on the clock of `Date.now()`; 0 for a token that should say so and does not. */
  readonly issuedAtMs?: number | undefined
}

/** What a scheme says of a request: who calls, why it is refused, or `undefined` when it carries no credentials of its kind. */
export type SchemeAnswer = Verified | Rejection | undefined

/**
 * One way to authenticate. Schemes are asked in order, and the first that finds credentials of its kind decides: bad
 * credentials are refused, never passed over for others on the same request.
 */
export interface Scheme {
  /** Which one. */
  readonly name: SchemeName
  /** Checks one request. At once where it can; never throws, and its promise never rejects. */
  authenticate(exchange: Exchange): SchemeAnswer | Promise<SchemeAnswer>
  /** `true` when it can check credentials, else why not. */
  ready(): true | string
  /** Gives up what it holds: keys, threads, timers, watchers. Twice is the same as once. */
  close(): void | Promise<void>
}

/** Makes a scheme when the first route needs it. */
export type SchemeFactory = (logger: Logger) => Scheme

/** Asks schemes in order. Without a promise while none of them needs one. */
export function authenticate(
  schemes: readonly Scheme[],
  exchange: Exchange,
  from = 0,
): SchemeAnswer | Promise<SchemeAnswer> {
  for (let place = from; place < schemes.length; place++) {
    const answer = (schemes[place] as Scheme).authenticate(exchange)
    if (answer === undefined) continue
    if (answer instanceof Promise)
      return answer.then((settled) => settled ?? authenticate(schemes, exchange, place + 1))
    return answer
  }
  return undefined
}

/** Whether an answer refuses the request. */
export function isRejection(answer: Verified | Rejection): answer is Rejection {
  return 'code' in answer
}

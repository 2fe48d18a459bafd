import type { Principal } from '@postern/core/contracts'
import { PRINTABLE } from '../../option-values.ts'
import { type Rejection, rejection } from '../../rejection.ts'
import { isForOneOf } from '../../verify/audience.ts'
import { claimedPrincipal } from '../../verify/principal.ts'
import { checkTimes, readTimes, type TokenTimes } from '../../verify/token-times.ts'
import type { ResolvedIntrospectionOptions } from './options.ts'

/** A token that the endpoint says is active, and that meets the options. */
export interface ActiveToken {
  readonly principal: Principal
  readonly times: TokenTimes
}

const refused = (message: string): Rejection => rejection('GW_AUTH_TOKEN_INVALID', message)

const INACTIVE = rejection(
  'GW_AUTH_CREDENTIALS_INVALID',
  'The introspection endpoint says that the token is not active.',
)
const WRONG_ISSUER = refused('iss of the introspection answer is not introspection.issuer.')
const WRONG_AUDIENCE = refused(
  'aud of the introspection answer is missing or holds none of the expected audiences.',
)
const WRONG_TYPE = refused(
  'token_type of the introspection answer is not the expected type, or it is a refresh token.',
)
const WRONG_CLAIM = refused('The introspection answer lacks a field of introspection.requiredClaims.')
const NO_CALLER = refused(
  'The introspection answer names no caller in introspection.idFields, or not in printable ASCII.',
)

/** The server knows how old its tokens may be. One that it issues tomorrow is a mistake of somebody's. */
const TIME_RULES = { futureIat: false }

/**
 * What an answer (RFC 7662 section 2.2) says of a token.
 * @throws {Error} when it is no such answer: then nothing is known of the token.
 */
export function readAnswer(
  answer: unknown,
  options: ResolvedIntrospectionOptions,
  nowMs: number,
): ActiveToken | Rejection {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer))
    throw new Error('the answer is not a JSON object')
  const claims = answer as Readonly<Record<string, unknown>>
  const { active, iss } = claims
  if (typeof active !== 'boolean') throw new Error('the answer has no active, true or false')
  if (!active) return INACTIVE
  const fault = faultOf(claims, options)
  if (fault) return fault
  const times = readTimes(claims, TIME_RULES)
  if ('code' in times) return times
  const late = checkTimes(times, nowMs, options.clockToleranceMs)
  if (late) return late
  const id = options.idFields.map((field) => claims[field]).find((value) => value !== undefined)
  if (typeof id !== 'string' || !PRINTABLE.test(id)) return NO_CALLER
  const issuer = options.issuer ?? (typeof iss === 'string' && PRINTABLE.test(iss) ? iss : undefined)
  return { principal: claimedPrincipal('introspection', id, issuer, claims, options.scopeClaim), times }
}

function faultOf(
  claims: Readonly<Record<string, unknown>>,
  { issuer, audience, tokenType, requiredClaims }: ResolvedIntrospectionOptions,
): Rejection | undefined {
  const { iss, aud, token_type: type, token_use: use } = claims
  if (issuer !== undefined && iss !== undefined && iss !== issuer) return WRONG_ISSUER
  if (audience !== undefined && !isForOneOf(aud, [audience].flat())) return WRONG_AUDIENCE
  if (type !== undefined && !isType(tokenType, type)) return WRONG_TYPE
  // Not of RFC 7662, but what servers say that answer for refresh tokens as well.
  if (use === 'refresh_token') return WRONG_TYPE
  return requiredClaims.some((name) => claims[name] === undefined) ? WRONG_CLAIM : undefined
}

function isType(wanted: string, type: unknown): boolean {
  return typeof type === 'string' && type.toLowerCase() === wanted.toLowerCase()
}

import { getHeader } from '@postern/core'
import type { Principal } from '@postern/core/contracts'
import type { Answer } from '../../http/ask.ts'
import { PRINTABLE } from '../../option-values.ts'
import { type Rejection, rejection } from '../../rejection.ts'
import { readScopes } from '../../verify/principal.ts'
import type { Verified } from '../scheme.ts'
import type { ResolvedForwardAuthOptions } from './options.ts'

/** Headers for the upstream that came with a decision. They live as long as its principal. */
const HEADERS_OF = new WeakMap<Principal, readonly string[]>()

/** What the decision service said that the upstream should get about a caller; flat. */
export function decidedHeaders(caller: Principal): readonly string[] | undefined {
  return HEADERS_OF.get(caller)
}

const NO_CALLER = rejection(
  'GW_AUTH_AUTHORITY_UNAVAILABLE',
  'The decision service lets the request pass, but does not name the caller in one usable idHeader.',
)
const FAILED = rejection(
  'GW_AUTH_AUTHORITY_UNAVAILABLE',
  'The decision service answers with a status that decides nothing.',
)

/** What an answer of the decision service means. Whatever is no clear yes is none. */
export function readDecision(answer: Answer, options: ResolvedForwardAuthOptions): Verified | Rejection {
  const { status } = answer
  if (status >= 200 && status < 300) return readCaller(answer.headers, options)
  if (status < 300 || status >= 500) return FAILED
  return refusal(answer, options)
}

function readCaller(headers: readonly string[], options: ResolvedForwardAuthOptions): Verified | Rejection {
  const { idHeader, scopesHeader, kind, upstreamHeaders } = options
  const ids = linesOf(headers, [idHeader])
  const id = ids[1]?.trim()
  if (ids.length !== 2 || id === undefined || !PRINTABLE.test(id)) return NO_CALLER
  const scopes = scopesHeader === undefined ? [] : readScopes(getHeader(headers, scopesHeader))
  const principal: Principal = Object.freeze({
    id,
    kind,
    scheme: 'forward-auth',
    scopes: Object.freeze(scopes),
    claims: Object.freeze({}),
    via: Object.freeze([]),
  })
  HEADERS_OF.set(principal, linesOf(headers, upstreamHeaders))
  return { principal }
}

function refusal({ status, headers, body }: Answer, options: ResolvedForwardAuthOptions): Rejection {
  if (status < 400) {
    const redirected = 'The decision service redirects the client.'
    const location = linesOf(headers, ['location', 'set-cookie'])
    const reply = options.passRedirects && location.length > 0 ? { status, headers: location } : undefined
    return { code: 'GW_AUTH_CREDENTIALS_INVALID', message: redirected, reply }
  }
  const refused = `The decision service refuses the request with status ${status}.`
  const challenge = linesOf(headers, ['www-authenticate'])
  const reply = options.passBody
    ? { status, headers: [...challenge, ...linesOf(headers, ['content-type'])], body }
    : undefined
  const code = status === 401 ? 'GW_AUTH_CREDENTIALS_INVALID' : 'GW_AUTH_CALLER_FORBIDDEN'
  return { code, message: refused, headers: challenge.length > 0 ? challenge : undefined, reply }
}

/** The lines of these headers, flat, in wire order. */
function linesOf(headers: readonly string[], names: readonly string[]): string[] {
  const lines: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase()
    if (names.includes(name)) lines.push(name, headers[i + 1] as string)
  }
  return lines
}

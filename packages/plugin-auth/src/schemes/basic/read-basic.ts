import { trimBlanks } from '../../http/trim-blanks.ts'
import { type Rejection, rejection } from '../../rejection.ts'
import { HAS_CONTROL } from './password-hash.ts'

/** A user name with its password, as a request carries them. */
export interface UserPass {
  readonly user: string
  readonly password: string
}

/** More than any name and password need; each new pair costs a password check. */
const MAX_LENGTH = 2_048
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const malformed = (message: string): Rejection => rejection('GW_AUTH_REQUEST_INVALID', message)
const NOT_BASIC = malformed(
  'The Authorization header is not "Basic" and one base64 value (RFC 7617 section 2).',
)
const TOO_LONG = malformed(`The Basic credentials are longer than ${MAX_LENGTH} characters.`)
const NOT_UTF8 = malformed('User name and password are not UTF-8.')
const NO_COLON = malformed('The Basic credentials have no colon between user name and password.')
const CONTROL = malformed('User name or password holds a control character (RFC 7617 section 2).')

/** Reads the value of `Authorization`: the pair, `undefined` when it is another scheme, or why it is refused. */
export function readBasic(value: string): UserPass | undefined | Rejection {
  if (value.slice(0, 5).toLowerCase() !== 'basic') return undefined
  if (value.length === 5) return NOT_BASIC
  if (value.charCodeAt(5) !== 32) return undefined
  if (value.length > MAX_LENGTH) return TOO_LONG
  const encoded = trimBlanks(value.slice(6))
  if (!BASE64.test(encoded)) return NOT_BASIC
  let text: string
  try {
    text = utf8.decode(Buffer.from(encoded, 'base64'))
  } catch {
    return NOT_UTF8
  }
  if (HAS_CONTROL.test(text)) return CONTROL
  const colon = text.indexOf(':')
  if (colon === -1) return NO_COLON
  return { user: text.slice(0, colon), password: text.slice(colon + 1) }
}

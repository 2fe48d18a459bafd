import type { Exchange } from '@postern/core'
import { type Principal, principal } from '@postern/core/contracts'
import { type AuthorizationForm, authorizationForm } from './authorization-form.ts'
import { printable } from './printable.ts'
import { type TokenForm, type TokenSeen, tokenSeen } from './token-seen.ts'

/** All credentials of one request by their kinds, never their values. */
export interface CredentialForm {
  /**
   * Everything that came at once; empty for none: `jwt`, `opaque-token`, `basic` and other schemes of `Authorization`,
   * `repeated` for more than one such line, `api-key`, `query` for a key or token in the query, `mtls`, `http-signature`,
   * `client-cert-header` (RFC 9440).
   */
  readonly kinds: readonly string[]
  /** Names of headers with API keys, and of such parameters of the query as `?access_token`. */
  readonly names: readonly string[]
  /** The JWT; absent without one. */
  readonly token?: TokenForm
  /** Subject of the client's certificate; absent without one. */
  readonly subject?: string
}

/** The credentials of one request. */
export interface CredentialsSeen {
  /** Their form. */
  readonly form: CredentialForm
  /** The form as one text. */
  readonly key: string
  /** The JWT among them. */
  readonly token: TokenSeen | undefined
}

const WELL_KNOWN_HEADERS = [
  'api-key',
  'api-token',
  'apikey',
  'ocp-apim-subscription-key',
  'private-token',
  'x-access-token',
  'x-api-key',
  'x-api-token',
  'x-apikey',
  'x-auth-key',
  'x-auth-token',
  'x-functions-key',
  'x-goog-api-key',
  'x-service-token',
  'x-token',
]
const SIGNATURE = 'signature-input'
const CERTIFICATE = 'client-cert'
const QUERY_KEY = /[?&](access_token|api_key|apikey|api-key|auth_token)=/i

/** Reads which credentials requests carry. */
export class CredentialReader {
  readonly #headers: ReadonlySet<string>
  /** Whether a name of some length can be one of interest: most names are done with by that. */
  readonly #lengths: readonly boolean[]
  /** What was read of tokens that were verified: many requests share one. */
  readonly #known = new WeakMap<Principal, TokenSeen>()

  /** @param apiKeyHeaders names of headers with API keys, beside the well-known ones. */
  constructor(apiKeyHeaders: readonly string[]) {
    this.#headers = new Set([...WELL_KNOWN_HEADERS, ...apiKeyHeaders.map((name) => name.toLowerCase())])
    const lengths: boolean[] = []
    for (const { length } of [...this.#headers, SIGNATURE, CERTIFICATE]) lengths[length] = true
    this.#lengths = lengths
  }

  /** @param authorization what was read of `Authorization` already. */
  read(exchange: Exchange, authorization?: AuthorizationForm): CredentialsSeen {
    const kinds: string[] = []
    const token = this.#readAuthorization(exchange, kinds, authorization)
    const names = this.#readNames(exchange, kinds)
    const certificate = exchange.clientCertificate
    if (certificate) kinds.push('mtls')
    if (kinds.length > 1) kinds.sort()
    const subject = certificate ? printable(certificate.subject.replaceAll('\n', ', ')) : undefined
    return {
      form: {
        kinds,
        names,
        ...(token ? { token: token.form } : {}),
        ...(subject === undefined ? {} : { subject }),
      },
      key: `${kinds.join()} ${names.join()} ${token?.key ?? ''} ${subject ?? ''}`,
      token,
    }
  }

  /** Whether a request carries nothing but `Authorization`: no key, signature or certificate beside it. */
  isPlain({ requestHeaders, query, clientCertificate }: Exchange): boolean {
    if (clientCertificate || (query !== '' && QUERY_KEY.test(query))) return false
    for (let i = 0; i < requestHeaders.length; i += 2) {
      const given = requestHeaders[i] as string
      if (!this.#lengths[given.length]) continue
      const name = given.toLowerCase()
      if (this.#headers.has(name) || name === SIGNATURE || name === CERTIFICATE) return false
    }
    return true
  }

  #readAuthorization(exchange: Exchange, kinds: string[], given?: AuthorizationForm): TokenSeen | undefined {
    const caller = exchange.get(principal)
    const known = caller && this.#known.get(caller)
    if (known) {
      kinds.push('jwt')
      return known
    }
    const { kind, head } = given ?? authorizationForm(exchange.requestHeaders)
    if (kind !== 'none') kinds.push(kind)
    const token = head && tokenSeen(head)
    // Of other schemes one principal serves requests with and without a token.
    if (token && caller?.scheme === 'jwt') this.#known.set(caller, token)
    return token
  }

  #readNames({ requestHeaders, query }: Exchange, kinds: string[]): string[] {
    const names: string[] = []
    for (let i = 0; i < requestHeaders.length; i += 2) {
      const given = requestHeaders[i] as string
      if (!this.#lengths[given.length]) continue
      const name = given.toLowerCase()
      if (this.#headers.has(name)) names.push(name)
      else if (name === SIGNATURE) pushOnce(kinds, 'http-signature')
      else if (name === CERTIFICATE) pushOnce(kinds, 'client-cert-header')
    }
    if (names.length > 0) kinds.push('api-key')
    const parameter = query === '' ? undefined : QUERY_KEY.exec(query)?.[1]
    if (parameter !== undefined) {
      kinds.push('query')
      names.push(`?${parameter.toLowerCase()}`)
    }
    return names.length > 1 ? [...new Set(names)].toSorted() : names
  }
}

/** A client may repeat a header as often as the limits allow. */
function pushOnce(kinds: string[], kind: string): void {
  if (!kinds.includes(kind)) kinds.push(kind)
}

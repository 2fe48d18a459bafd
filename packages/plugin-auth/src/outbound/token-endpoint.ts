import { type KeyObject, randomUUID } from 'node:crypto'
import type { Logger } from '@postern/core'
import { anyText, Secret } from '../files/secret.ts'
import { type Answer, ask } from '../http/ask.ts'
import { clientAuthorization } from '../http/client-authorization.ts'
import { readJson } from '../http/read-json.ts'
import { isUnprotected } from '../http/unprotected.ts'
import { readKey } from '../keys/read-key.ts'
import { signToken } from '../keys/sign-token.ts'
import type { ResolvedTokenClientOptions } from './options.ts'

/** A token that an authorization server gave. */
export interface IssuedToken {
  readonly value: string
  /** How long it is good, in milliseconds; 0: for those who wait for it, and nobody after them. */
  readonly lifeMs: number
  /** What it is, where the server says so (RFC 8693 section 2.2.1). */
  readonly type: unknown
}

/** The token endpoint's word that this grant is refused: another request may well succeed. */
export class GrantRefused extends Error {}

/** A client's private key, and what it signs with. */
interface ClientKey {
  readonly key: KeyObject
  readonly algorithm: string
}

const MAX_BYTES = 262_144
/** Of a token whose server does not say, which RFC 6749 section 5.1 allows. */
const UNTOLD_LIFE_MS = 300_000
const ASSERTION_LIFE_S = 60
/**
 * Errors that are about the token that is exchanged and what is asked for with it (RFC 8693 section 2.2.2, RFC 6749 section
 * 5.2), not about this client: nobody else has to wait because of them.
 */
const GRANT_ERRORS = new Set([
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'invalid_target',
  'invalid_token',
  'access_denied',
])

/** Asks one token endpoint as one client. */
export class TokenEndpoint {
  readonly #url: URL
  readonly #options: ResolvedTokenClientOptions
  /** How this client proves who it is. */
  readonly #proof: Secret<string | ClientKey>
  readonly #abort = new AbortController()

  /**
   * @param place where the options stand, for errors.
   * @throws {Error} when the client's secret or key is missing or unusable.
   */
  constructor(options: ResolvedTokenClientOptions, place: string, logger: Logger) {
    this.#url = new URL(options.tokenUrl)
    this.#options = options
    const { clientSecret, privateKey } = options
    this.#proof =
      privateKey === undefined
        ? new Secret(clientSecret ?? '', `${place}.clientSecret`, logger, anyText)
        : new Secret(privateKey, `${place}.privateKey`, logger, readClientKey)
    if (isUnprotected(options.tokenUrl)) {
      const warning = 'Tokens are fetched over plain http; whoever is on the way can read them'
      logger.warn({ tokenUrl: this.#url.origin }, warning)
    }
  }

  /**
   * Asks for a token.
   * @throws {GrantRefused} as a rejection, when it is the grant that is refused.
   * @throws {Error} as a rejection, when there is no usable answer; without any part of it.
   */
  async request(grant: Readonly<Record<string, string | undefined>>): Promise<IssuedToken> {
    const { ca, timeoutMs, scopes, resource } = this.#options
    const form = new URLSearchParams()
    const fields = { ...grant, scope: scopes?.join(' '), resource }
    for (const [name, value] of Object.entries(fields)) if (value !== undefined) form.set(name, value)
    const headers = ['content-type', 'application/x-www-form-urlencoded', 'accept', 'application/json']
    headers.push(...this.#prove(form))
    const question = { method: 'POST', headers, body: form.toString() }
    return readAnswer(
      await ask(this.#url, question, { ca, timeoutMs, maxBytes: MAX_BYTES, signal: this.#abort.signal }),
    )
  }

  /** Ends running calls. */
  close(): void {
    this.#abort.abort()
    this.#proof.close()
  }

  /** Adds the proof of who this client is to the form, or gives it as headers. */
  #prove(form: URLSearchParams): readonly string[] {
    const { authentication, clientId, keyId, tokenUrl } = this.#options
    const proof = this.#proof.value
    if (typeof proof === 'object') {
      form.set('client_id', clientId)
      form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
      form.set('client_assertion', assertion(proof, clientId, tokenUrl, keyId))
      return []
    }
    if (authentication === 'client_secret_post') {
      form.set('client_id', clientId)
      form.set('client_secret', proof)
      return []
    }
    return ['authorization', clientAuthorization(clientId, proof)]
  }
}

/** RFC 7523 section 3. */
function assertion(
  { key, algorithm }: ClientKey,
  clientId: string,
  tokenUrl: string,
  kid: string | undefined,
): string {
  const iat = Math.floor(Date.now() / 1_000)
  const times = { iat, exp: iat + ASSERTION_LIFE_S, jti: randomUUID() }
  const header = { alg: algorithm, kid, typ: 'JWT' }
  return signToken(header, { iss: clientId, sub: clientId, aud: tokenUrl, ...times }, key)
}

function algorithmOf(key: KeyObject): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (type === 'rsa') return 'RS256'
  if (type === 'ed25519') return 'EdDSA'
  return type === 'ec' && details?.namedCurve === 'prime256v1' ? 'ES256' : undefined
}

function readClientKey(text: string): ClientKey {
  const key = readKey(anyText(text), 'private')
  const algorithm = algorithmOf(key)
  if (algorithm === undefined) throw new Error('is no RSA, P-256 or Ed25519 key')
  return { key, algorithm }
}

/** RFC 6749 sections 5.1 and 5.2. */
function readAnswer({ status, body }: Answer): IssuedToken {
  let fields: Record<string, unknown>
  try {
    fields = Object(readJson(body)) as Record<string, unknown>
  } catch (error) {
    throw new Error(`status ${status}, and ${(error as Error).message}`)
  }
  if (status !== 200) {
    const { error } = fields
    if (status < 500 && typeof error === 'string' && GRANT_ERRORS.has(error)) throw new GrantRefused(error)
    throw new Error(`status ${status}`)
  }
  const { access_token: value, token_type: type, expires_in: seconds, issued_token_type: issued } = fields
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value))
    throw new Error('the answer has no usable access_token')
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer')
    throw new Error('token_type of the answer is not Bearer')
  return { value, lifeMs: readLife(seconds), type: issued }
}

/** A number of seconds, which some servers write as a text. */
function readLife(seconds: unknown): number {
  if (seconds === undefined || seconds === null) return UNTOLD_LIFE_MS
  const life = typeof seconds === 'string' && seconds !== '' ? Number(seconds) : seconds
  if (typeof life !== 'number' || !Number.isFinite(life))
    throw new Error('expires_in of the answer is not a number of seconds')
  return Math.max(0, life) * 1_000
}

import { createPrivateKey, type KeyObject, randomUUID, type webcrypto } from 'node:crypto'
import type { Logger } from '@postern/core'
import { notEmpty, Secret } from '../files/secret.ts'
import { type Answer, ask } from '../http/ask.ts'
import { signToken } from '../keys/sign-token.ts'
import type { ResolvedTokenClientOptions } from './options.ts'

/** A token that an authorization server gave. */
export interface IssuedToken {
  readonly value: string
  /** How long it is good, in milliseconds. */
  readonly lifeMs: number
}

/** The token endpoint's word that this grant is refused: another request may well succeed. */
export class GrantRefused extends Error {}

const MAX_BYTES = 262_144
/** Of a token whose server does not say, which RFC 6749 section 5.1 allows. */
const UNTOLD_LIFE_MS = 300_000
const ASSERTION_LIFE_S = 60
/** Errors that are about the token that is exchanged (RFC 8693 section 2.2.2), not about this client. */
const GRANT_ERRORS = new Set(['invalid_grant', 'invalid_request', 'access_denied'])

/** Asks one token endpoint as one client. */
export class TokenEndpoint {
  readonly #url: URL
  readonly #options: ResolvedTokenClientOptions
  readonly #secret: Secret
  readonly #abort = new AbortController()

  /**
   * @param place where the options stand, for errors.
   * @throws {Error} when the client's secret or key is missing or unusable.
   */
  constructor(options: ResolvedTokenClientOptions, place: string, logger: Logger) {
    this.#url = new URL(options.tokenUrl)
    this.#options = options
    const { clientSecret, privateKey } = options
    this.#secret =
      privateKey === undefined
        ? new Secret(clientSecret ?? '', `${place}.clientSecret`, logger)
        : new Secret(privateKey, `${place}.privateKey`, logger, unusableKey)
    if (this.#url.protocol === 'http:' && !isLoopback(this.#url.hostname)) {
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
    const { timeoutMs, scopes, resource } = this.#options
    const form = new URLSearchParams()
    const fields = { ...grant, scope: scopes?.join(' '), resource }
    for (const [name, value] of Object.entries(fields)) if (value !== undefined) form.set(name, value)
    const headers = ['content-type', 'application/x-www-form-urlencoded', 'accept', 'application/json']
    headers.push(...this.#prove(form))
    const question = { method: 'POST', headers, body: form.toString() }
    return readAnswer(
      await ask(this.#url, question, { timeoutMs, maxBytes: MAX_BYTES, signal: this.#abort.signal }),
    )
  }

  /** Ends running calls. */
  close(): void {
    this.#abort.abort()
    this.#secret.close()
  }

  /** Adds the proof of who this client is to the form, or gives it as headers. */
  #prove(form: URLSearchParams): readonly string[] {
    const { authentication, clientId, privateKey, keyId, tokenUrl } = this.#options
    const secret = this.#secret.value
    if (privateKey !== undefined) {
      form.set('client_id', clientId)
      form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
      form.set('client_assertion', assertion(readKey(secret), clientId, tokenUrl, keyId))
      return []
    }
    if (authentication === 'client_secret_post') {
      form.set('client_id', clientId)
      form.set('client_secret', secret)
      return []
    }
    // RFC 6749 section 2.3.1: both are form-encoded first.
    const pair = `${formEncoded(clientId)}:${formEncoded(secret)}`
    return ['authorization', `Basic ${Buffer.from(pair).toString('base64')}`]
  }
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}

/** RFC 7523 section 3. */
function assertion(key: KeyObject, clientId: string, tokenUrl: string, kid: string | undefined): string {
  const iat = Math.floor(Date.now() / 1_000)
  const times = { iat, exp: iat + ASSERTION_LIFE_S, jti: randomUUID() }
  const header = { alg: algorithmOf(key) as string, kid, typ: 'JWT' }
  return signToken(header, { iss: clientId, sub: clientId, aud: tokenUrl, ...times }, key)
}

function readKey(text: string): KeyObject {
  return text.startsWith('{')
    ? createPrivateKey({ key: JSON.parse(text) as webcrypto.JsonWebKey, format: 'jwk' })
    : createPrivateKey(text)
}

function algorithmOf(key: KeyObject): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (type === 'rsa') return 'RS256'
  if (type === 'ed25519') return 'EdDSA'
  return type === 'ec' && details?.namedCurve === 'prime256v1' ? 'ES256' : undefined
}

function unusableKey(text: string): string | undefined {
  if (notEmpty(text)) return notEmpty(text)
  try {
    return algorithmOf(readKey(text)) === undefined ? 'is no RSA, P-256 or Ed25519 key' : undefined
  } catch {
    return 'holds no private key as PEM or JWK'
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host)
}

/** RFC 6749 sections 5.1 and 5.2. */
function readAnswer({ status, body }: Answer): IssuedToken {
  let fields: Record<string, unknown>
  try {
    fields = Object(JSON.parse(body.toString())) as Record<string, unknown>
  } catch {
    throw new Error(`status ${status}, and the answer is not JSON`)
  }
  if (status !== 200) {
    const { error } = fields
    if (status < 500 && typeof error === 'string' && GRANT_ERRORS.has(error)) throw new GrantRefused(error)
    throw new Error(`status ${status}`)
  }
  const { access_token: value, token_type: type, expires_in: seconds } = fields
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value))
    throw new Error('the answer has no usable access_token')
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer')
    throw new Error('token_type of the answer is not Bearer')
  const life = Number(seconds)
  return { value, lifeMs: seconds !== undefined && life > 0 ? life * 1_000 : UNTOLD_LIFE_MS }
}

import { randomUUID } from 'node:crypto'
import {
  aliasOf,
  type Endpoint,
  type Exchange,
  type GatewayError,
  getHeader,
  isGatewayError,
  type Logger,
  removeHeader,
  setHeader,
} from '@postern/core'
import { Secret } from '../files/secret.ts'
import { readSignatureKey, type SignatureKey, signBase } from '../http-signature/algorithms.ts'
import { contentDigest } from '../http-signature/content-digest.ts'
import { signatureBase } from '../http-signature/signature-base.ts'
import { type BareItem, type InnerList, type Item, serializeInnerList } from '../http-signature/structured.ts'
import type { ResolvedMessageSignatureOptions } from './options.ts'

/** Signs requests on their way out (RFC 9421 section 3.1), as the upstream gets them after every rewrite. */
export class MessageSigner {
  readonly #options: ResolvedMessageSignatureOptions
  readonly #key: Secret<SignatureKey>

  /** @throws {Error} when the key cannot be used. */
  constructor(options: ResolvedMessageSignatureOptions, place: string, logger: Logger) {
    this.#options = options
    this.#key = new Secret(options.key, `${place}.key`, logger, (text) =>
      readSignatureKey(text, options.algorithm, 'private'),
    )
  }

  /** Signs the coming attempt; waits only for a body that is still on its way. */
  sign(exchange: Exchange, endpoint: Endpoint): GatewayError | undefined | Promise<GatewayError | undefined> {
    const { bodyBytes } = this.#options
    // The gateway speaks for itself here: what the client signed was another request, and its digest may be anything.
    for (const name of ['signature', 'signature-input'])
      removeHeader(exchange.upstreamRequestHeaders, name, aliasOf)
    if (bodyBytes === 0) {
      this.#write(exchange, endpoint, false)
      return undefined
    }
    removeHeader(exchange.upstreamRequestHeaders, 'content-digest', aliasOf)
    const { retainedBody } = exchange
    if (retainedBody && retainedBody.length <= bodyBytes)
      return this.#withBody(exchange, endpoint, retainedBody)
    return exchange.readBody(bodyBytes).then(
      (body) => this.#withBody(exchange, endpoint, body as Uint8Array),
      (error: unknown) => {
        if (isGatewayError(error)) return error
        throw error
      },
    )
  }

  /** Watches its key no more. */
  close(): void {
    this.#key.close()
  }

  #withBody(exchange: Exchange, endpoint: Endpoint, body: Uint8Array): undefined {
    if (body.length > 0) setHeader(exchange.upstreamRequestHeaders, 'content-digest', contentDigest(body))
    this.#write(exchange, endpoint, body.length > 0)
    return undefined
  }

  #write(exchange: Exchange, endpoint: Endpoint, digest: boolean): void {
    const headers = exchange.upstreamRequestHeaders
    const { components, label } = this.#options
    const present = components.filter(
      (name) => name.startsWith('@') || getHeader(headers, name) !== undefined,
    )
    const names = digest && !present.includes('content-digest') ? [...present, 'content-digest'] : present
    const covered: InnerList = [names.map((name): Item => [name, new Map()]), this.#parameters()]
    const base = signatureBase(
      {
        method: exchange.method,
        scheme: endpoint.origin.startsWith('https:') ? 'https' : 'http',
        authority: getHeader(headers, 'host') ?? endpoint.authority,
        path: endpoint.basePath + exchange.upstreamPath,
        query: exchange.upstreamQuery,
        headers,
      },
      covered,
    )
    setHeader(headers, 'signature-input', `${label}=${serializeInnerList(covered)}`)
    setHeader(headers, 'signature', `${label}=:${signBase(this.#key.value, base).toString('base64')}:`)
  }

  /** Section 2.3. */
  #parameters(): Map<string, BareItem> {
    const { keyId, algorithm, tag, expiresMs } = this.#options
    const created = Math.floor(Date.now() / 1_000)
    const parameters = new Map<string, BareItem>([['created', created]])
    if (expiresMs !== undefined) parameters.set('expires', created + Math.ceil(expiresMs / 1_000))
    parameters.set('keyid', keyId).set('alg', algorithm).set('nonce', randomUUID())
    if (tag !== undefined) parameters.set('tag', tag)
    return parameters
  }
}

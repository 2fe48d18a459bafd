import { type Exchange, getHeaderList, type Logger } from '@postern/core'
import { Secret } from '../../files/secret.ts'
import { readSignatureKey, type SignatureKey, verifyBase } from '../../http-signature/algorithms.ts'
import { ComponentFault } from '../../http-signature/component-fault.ts'
import { digestFits } from '../../http-signature/content-digest.ts'
import { type FieldTypes, fieldTypes } from '../../http-signature/field-types.ts'
import { type ReadSignature, readSignatures } from '../../http-signature/read-signature.ts'
import { signatureBase } from '../../http-signature/signature-base.ts'
import type { Lasting } from '../../lasting.ts'
import { invalidOptions } from '../../problems.ts'
import { type Rejection, rejection } from '../../rejection.ts'
import { type LastingScheme, LeasedScheme } from '../leased-scheme.ts'
import type { Scheme, SchemeAnswer, Verified } from '../scheme.ts'
import { missingCoverage } from './coverage.ts'
import { Nonces } from './nonces.ts'
import type { HttpSignatureKeyOptions, ResolvedHttpSignatureOptions } from './options.ts'

const invalid = (message: string): Rejection => rejection('GW_AUTH_CREDENTIALS_INVALID', message)

const MALFORMED = rejection(
  'GW_AUTH_REQUEST_INVALID',
  'Signature-Input and Signature are not those of a signed message (RFC 9421 section 4).',
)
const SEVERAL = invalid('The request carries several signatures. Name the one that counts by the option tag.')
const UNKNOWN_KEY = invalid('keyid is missing or not one of the configured keys.')
const WRONG_ALGORITHM = invalid('alg is not the algorithm of the key.')
const NOT_TIMED = invalid('created is missing, or created or expires is not a number of seconds.')
const EARLY = invalid('created is in the future.')
const OLD = invalid('The signature is older than maxAgeMs, or expires is past.')
const NO_NONCE = invalid('The signature has no nonce.')
const REPLAYED = invalid('The nonce was used before.')
const FULL = rejection('GW_AUTH_OVERLOADED', 'As many nonces as the option nonces allows are remembered.')
const WRONG_SIGNATURE = invalid('The signature does not match.')
const WRONG_DIGEST = invalid(
  'Content-Digest is not that of the body, or names no algorithm that is known here.',
)
const UNREADABLE_BODY = invalid(
  "The body cannot be read to compare it with Content-Digest: it is larger than maxBodyBytes, too slow, cut, or a host's.",
)

interface Signer {
  readonly options: HttpSignatureKeyOptions
  readonly key: Secret<SignatureKey>
  readonly verified: Verified
}

/** HTTP Message Signatures (RFC 9421). */
class HttpSignatureScheme implements LastingScheme {
  readonly name = 'http-signature'
  readonly #options: ResolvedHttpSignatureOptions
  readonly #signers = new Map<string, Signer>()
  readonly #nonces: Nonces
  readonly #types: FieldTypes

  /** @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID when a key cannot be used. */
  constructor(options: ResolvedHttpSignatureOptions, logger: Logger) {
    this.#options = options
    this.#types = fieldTypes(options.structuredFields)
    // The signer's clock may be ahead when a signature is made, and behind when it ends.
    this.#nonces = new Nonces(options.nonces, options.maxAgeMs + 2 * options.clockToleranceMs + 1_000)
    for (const [index, key] of options.keys.entries()) {
      try {
        this.#signers.set(key.keyId, makeSigner(key, `httpSignature.keys[${index}].key`, logger))
      } catch (cause) {
        this.close()
        throw invalidOptions((cause as Error).message, cause)
      }
    }
  }

  authenticate(exchange: Exchange): SchemeAnswer | Promise<SchemeAnswer> {
    const all = readSignatures(exchange.requestHeaders)
    if (all === undefined) return undefined
    if (all === null) return MALFORMED
    const { tag } = this.#options
    const ours = tag === undefined ? all : all.filter(({ parameters }) => parameters.get('tag') === tag)
    const [signature] = ours
    // Signatures for somebody else are no credentials for this gateway.
    if (!signature) return undefined
    if (ours.length > 1) return SEVERAL
    const signer = this.#signers.get(String(signature.parameters.get('keyid')))
    if (!signer || typeof signature.parameters.get('keyid') !== 'string') return UNKNOWN_KEY
    return this.#precheck(signature, signer, exchange) ?? this.#verify(signature, signer, exchange)
  }

  ready(): true {
    return true
  }

  useLogger(logger: Logger): void {
    for (const { key } of this.#signers.values()) key.logger = logger
  }

  close(): void {
    for (const { key } of this.#signers.values()) key.close()
  }

  /** Everything that needs no key. */
  #precheck(signature: ReadSignature, { key }: Signer, exchange: Exchange): Rejection | undefined {
    const { maxAgeMs, clockToleranceMs, components, nonces } = this.#options
    const { parameters } = signature
    const alg = parameters.get('alg')
    if (alg !== undefined && alg !== key.value.algorithm) return WRONG_ALGORITHM
    const created = parameters.get('created')
    const expires = parameters.get('expires')
    if (!Number.isInteger(created) || (expires !== undefined && !Number.isInteger(expires))) return NOT_TIMED
    const nowMs = Date.now()
    if (Number(created) * 1_000 > nowMs + clockToleranceMs) return EARLY
    if (Number(created) * 1_000 + maxAgeMs < nowMs - clockToleranceMs) return OLD
    if (expires !== undefined && Number(expires) * 1_000 <= nowMs - clockToleranceMs) return OLD
    if (nonces > 0 && (typeof parameters.get('nonce') !== 'string' || parameters.get('nonce') === ''))
      return NO_NONCE
    const missing = missingCoverage(signature, components, exchange.query, hasBody(exchange))
    return missing === undefined ? undefined : invalid(`The signature does not cover ${missing}.`)
  }

  async #verify(signature: ReadSignature, signer: Signer, exchange: Exchange): Promise<SchemeAnswer> {
    let base: string
    try {
      base = signatureBase(messageOf(exchange), signature.covered, this.#types)
    } catch (error) {
      return error instanceof ComponentFault
        ? invalid(`The signature cannot be checked: ${error.message}.`)
        : MALFORMED
    }
    if (!(await verifyBase(signer.key.value, base, signature.signature))) return WRONG_SIGNATURE
    // Only now: nobody without a key can fill the list of nonces, or have a body kept in memory.
    if (this.#options.nonces > 0) {
      const taken = this.#nonces.take(signer.options.keyId, String(signature.parameters.get('nonce')))
      if (taken !== 'new') return taken === 'seen' ? REPLAYED : FULL
    }
    const covers = signature.covered[0].some(([name]) => name === 'content-digest')
    return (covers ? await this.#checkBody(exchange) : undefined) ?? signer.verified
  }

  /** A signature covers the digest; only the digest covers the body. */
  async #checkBody(exchange: Exchange): Promise<Rejection | undefined> {
    const digest = getHeaderList(exchange.requestHeaders, 'content-digest') ?? ''
    const { hostChecksDigest, maxBodyBytes } = this.#options
    try {
      const body = await exchange.readBody(maxBodyBytes)
      if (body === null) return hostChecksDigest ? undefined : UNREADABLE_BODY
      return digestFits(digest, body) ? undefined : WRONG_DIGEST
    } catch {
      return UNREADABLE_BODY
    }
  }
}

/** One generation's share in the signers of these options, and in the nonces that they used: a reload lets no replay pass. */
export function leaseHttpSignature(
  options: ResolvedHttpSignatureOptions,
  lasting: Lasting,
  logger: Logger,
): Scheme {
  return new LeasedScheme(
    'http-signature',
    options,
    () => new HttpSignatureScheme(options, logger),
    lasting,
    logger,
  )
}

function messageOf({ method, scheme, authority, target, query, requestHeaders }: Exchange) {
  // As the client wrote it, which is what it signed: `/%7Ea` is not `/~a` here.
  const [path = ''] = target.split('?', 1)
  return { method, scheme, authority, path, query, headers: requestHeaders }
}

/** A body that is not known to be empty. */
function hasBody({ retainedBody }: Exchange): boolean {
  return retainedBody === null || retainedBody.length > 0
}

function makeSigner(options: HttpSignatureKeyOptions, place: string, logger: Logger): Signer {
  const { algorithm, caller, keyId, scopes = [] } = options
  const key = new Secret(options.key, place, logger, (text) => readSignatureKey(text, algorithm, 'public'))
  const principal = Object.freeze({
    id: caller,
    kind: 'service' as const,
    scheme: 'http-signature',
    scopes: Object.freeze([...scopes]),
    claims: Object.freeze({ keyid: keyId }),
    via: Object.freeze([]),
  })
  return { options, key, verified: Object.freeze({ principal, credential: { keys: [keyId] } }) }
}

import { X509Certificate } from 'node:crypto'
import { type ClientCertificate, describeCertificate, type Exchange, TrustList } from '@postern/core'
import { type Rejection, rejection } from '../../rejection.ts'
import { type CachedEntry, TokenCache } from '../../verify/token-cache.ts'
import type { Scheme, SchemeAnswer, Verified } from '../scheme.ts'
import { toPrincipal } from './certificate-principal.ts'
import { leadsTo } from './chain.ts'
import { type PassedCertificates, parseCertificates, readClientCert } from './client-cert-header.ts'
import type { ResolvedMtlsOptions } from './options.ts'
import { readPemBundle } from './pem-bundle.ts'

/** Certificates from proxies that are remembered, so that not every request parses them. */
const MAX_CACHED = 1_000
/** For how long: an authority on the way may expire before the certificate does. */
const CACHE_MS = 300_000

const EXPIRED = rejection('GW_AUTH_CREDENTIALS_INVALID', 'The certificate is not valid yet, or has expired.')
const UNTRUSTED = rejection(
  'GW_AUTH_CREDENTIALS_INVALID',
  'The certificate in Client-Cert is not for clients, or does not lead to one of the authorities in mtls.ca.',
)

/** A certificate whose names were read. Its times are looked at with every request: a connection may outlive it. */
class KnownCertificate implements CachedEntry {
  readonly token: string
  used = false
  /** When it has to be read again. */
  readonly staleMs: number
  readonly #answer: Verified | Rejection
  readonly #fromMs: number
  readonly #toMs: number

  constructor(token: string, certificate: ClientCertificate, answer: Verified | Rejection, staleMs: number) {
    this.token = token
    this.staleMs = staleMs
    this.#answer = answer
    this.#fromMs = Date.parse(certificate.validFrom)
    this.#toMs = Date.parse(certificate.validTo)
  }

  /** What it is worth now. */
  at(nowMs: number): Verified | Rejection {
    return this.#fromMs <= nowMs && nowMs <= this.#toMs ? this.#answer : EXPIRED
  }
}

/**
 * Client certificates: that of the connection, which the listener verified (`listen.tls.ca`), or one that a trusted proxy
 * passes on. A trusted proxy never stands for its callers: when it passes none on, its own certificate says nothing.
 */
export class MtlsScheme implements Scheme {
  readonly name = 'mtls'
  readonly #options: ResolvedMtlsOptions
  readonly #proxies: TrustList
  readonly #authorities: readonly X509Certificate[]
  /** By the object that core makes once per connection. */
  readonly #direct = new WeakMap<ClientCertificate, KnownCertificate>()
  readonly #passed = new TokenCache<KnownCertificate>(MAX_CACHED)

  constructor(options: ResolvedMtlsOptions) {
    this.#options = options
    this.#proxies = new TrustList(options.trustClientCertFrom)
    this.#authorities = [options.ca ?? []]
      .flat()
      .flatMap(readPemBundle)
      .map((pem) => new X509Certificate(pem))
  }

  authenticate(exchange: Exchange): SchemeAnswer {
    const { peer } = exchange
    if (peer && this.#proxies.hasPeer(peer)) {
      const passed = readClientCert(exchange.requestHeaders)
      return passed && 'text' in passed ? this.#passedOn(passed) : passed
    }
    const certificate = exchange.clientCertificate
    return certificate ? this.#shown(certificate) : undefined
  }

  ready(): true {
    return true
  }

  close(): void {
    this.#passed.clear()
  }

  #shown(certificate: ClientCertificate): Verified | Rejection {
    let known = this.#direct.get(certificate)
    if (!known) {
      known = new KnownCertificate('', certificate, this.#identify(certificate), Number.POSITIVE_INFINITY)
      this.#direct.set(certificate, known)
    }
    return known.at(Date.now())
  }

  #passedOn(passed: PassedCertificates): Verified | Rejection {
    const nowMs = Date.now()
    const known = this.#passed.get(passed.text, passed.text)
    if (known && nowMs < known.staleMs) return known.at(nowMs)
    const certificates = parseCertificates(passed)
    if ('code' in certificates) return certificates
    if (this.#authorities.length > 0 && !leadsTo(this.#authorities, certificates, nowMs)) return UNTRUSTED
    const certificate = describeCertificate(certificates[0])
    const fresh = new KnownCertificate(
      passed.text,
      certificate,
      this.#identify(certificate),
      nowMs + CACHE_MS,
    )
    this.#passed.set(passed.text, fresh)
    return fresh.at(nowMs)
  }

  #identify(certificate: ClientCertificate): Verified | Rejection {
    const principal = toPrincipal(certificate, this.#options)
    if ('code' in principal) return principal
    const { fingerprint256, validFrom } = certificate
    return {
      principal,
      credential: { keys: [fingerprint256], issuedAtMs: Date.parse(validFrom) },
      clearedEpoch: -1,
    }
  }
}

import { X509Certificate } from 'node:crypto'
import { type ClientCertificate, describeCertificate, type Exchange, TrustList } from '@postern/core'
import { type Rejection, rejection } from '../../rejection.ts'
import { type CachedEntry, ifFresh, TokenCache } from '../../verify/token-cache.ts'
import { leadsTo } from './chain.ts'
import { type PassedCertificates, parseCertificates, readClientCert } from './client-cert-header.ts'
import type { ResolvedMtlsOptions } from './options.ts'
import { readPemBundle } from './pem-bundle.ts'

/** Certificates from proxies that are remembered, so that not every request parses them. */
const MAX_CACHED = 1_000
/** For how long: an authority on the way may expire before the certificate does. */
const CACHE_MS = 300_000

const UNTRUSTED = rejection(
  'GW_AUTH_CREDENTIALS_INVALID',
  'The certificate in Client-Cert is not for clients, or does not lead to one of the authorities in mtls.ca.',
)

interface Passed extends CachedEntry {
  readonly certificate: ClientCertificate
  readonly untilMs: number
}

/**
 * The certificates that callers show: that of the connection, which the listener verified (`listen.tls.ca`), or one that a
 * trusted proxy passes on. A trusted proxy never stands for its callers: when it passes none on, its own certificate says
 * nothing.
 */
export class ShownCertificates {
  readonly #proxies: TrustList
  readonly #authorities: readonly X509Certificate[]
  readonly #passed = new TokenCache<Passed>(MAX_CACHED)

  /** @param options Default: no proxy is trusted. */
  constructor(options?: Pick<ResolvedMtlsOptions, 'trustClientCertFrom' | 'ca'>) {
    this.#proxies = new TrustList(options?.trustClientCertFrom ?? [])
    this.#authorities = [options?.ca ?? []]
      .flat()
      .flatMap(readPemBundle)
      .map((pem) => new X509Certificate(pem))
  }

  /** That of a request: the same object for the same certificate while it is known. Its times are not looked at. */
  of({ peer, requestHeaders, clientCertificate }: Exchange): ClientCertificate | Rejection | undefined {
    if (!peer || !this.#proxies.hasPeer(peer)) return clientCertificate ?? undefined
    const passed = readClientCert(requestHeaders)
    return passed && 'text' in passed ? this.#passedOn(passed) : passed
  }

  /** Forgets everything. */
  clear(): void {
    this.#passed.clear()
  }

  #passedOn(passed: PassedCertificates): ClientCertificate | Rejection {
    const nowMs = Date.now()
    const known = this.#passed.get(passed.text, passed.text, ifFresh, nowMs)
    if (known) return known.certificate
    const certificates = parseCertificates(passed)
    if ('code' in certificates) return certificates
    if (this.#authorities.length > 0 && !leadsTo(this.#authorities, certificates, nowMs)) return UNTRUSTED
    const certificate = describeCertificate(certificates[0])
    this.#passed.set(passed.text, { token: passed.text, used: false, certificate, untilMs: nowMs + CACHE_MS })
    return certificate
  }
}

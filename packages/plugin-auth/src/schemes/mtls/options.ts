import { TrustList } from '@postern/core'
import * as v from 'valibot'
import { type Authorities, authorities } from '../../http/authorities.ts'
import { optionsOf } from '../../option-docs.ts'
import { isTrustDomain } from './spiffe-id.ts'

/**
 * What of a certificate names the caller: its SPIFFE ID, its one URI, its one DNS name, the common name of its subject,
 * or the whole subject (RFC 4514).
 */
export type CertificateIdentity = 'spiffe' | 'uri' | 'dns' | 'common-name' | 'subject'

/** Callers that show a certificate, to the listener or to a proxy in front. */
export interface MtlsOptions {
  /** What of the certificate is the principal's `id`. A certificate without it, or with several, is refused. */
  readonly identity: CertificateIdentity
  /** Trust domains whose SPIFFE IDs are accepted: `example.org`. Needed with `identity: 'spiffe'`, and only there. */
  readonly trustDomains?: readonly string[] | undefined
  /**
   * Addresses and CIDR ranges of proxies (`unix`: whoever reaches a unix socket) that verify client certificates and pass
   * them on in `Client-Cert` (RFC 9440). **They must remove the header from what clients send.** From everybody else it is
   * not read; no upstream gets it. Default: none.
   */
  readonly trustClientCertFrom?: readonly string[] | undefined
  /**
   * Authorities (PEM, several in one text or in a list) that a certificate in `Client-Cert` must lead to, by way of
   * `Client-Cert-Chain`. Default: the proxy's word is enough.
   */
  readonly ca?: Authorities | undefined
}

/** `MtlsOptions` with every default filled in. */
export interface ResolvedMtlsOptions {
  readonly identity: CertificateIdentity
  readonly trustDomains: readonly string[]
  readonly trustClientCertFrom: readonly string[]
  readonly ca?: Authorities | undefined
}

/** Schema of `MtlsOptions`. */
export const mtlsOptionsSchema = v.pipe(
  optionsOf('MtlsOptions', {
    identity: v.picklist(['spiffe', 'uri', 'dns', 'common-name', 'subject']),
    trustDomains: v.optional(
      v.array(
        v.pipe(
          v.string(),
          v.check(isTrustDomain, 'Expected the name of a trust domain, such as example.org'),
        ),
      ),
      [],
    ),
    trustClientCertFrom: v.optional(
      v.array(
        v.pipe(
          v.string(),
          v.check(isTrustEntry, 'Expected an IP address, a CIDR range such as 10.0.0.0/8, or unix'),
        ),
      ),
      [],
    ),
    ca: v.optional(authorities),
  }),
  v.forward(
    v.check(
      ({ identity, trustDomains }) => (identity === 'spiffe') === trustDomains.length > 0,
      "identity: 'spiffe' needs trustDomains, and nothing else does",
    ),
    ['trustDomains'],
  ),
  v.forward(
    v.check(
      ({ ca, trustClientCertFrom }) => ca === undefined || trustClientCertFrom.length > 0,
      'ca is for certificates in Client-Cert, which nobody may send without trustClientCertFrom. Those of the connection are checked by listen.tls.ca',
    ),
    ['ca'],
  ),
)

function isTrustEntry(entry: string): boolean {
  try {
    return new TrustList([entry]) instanceof TrustList
  } catch {
    return false
  }
}

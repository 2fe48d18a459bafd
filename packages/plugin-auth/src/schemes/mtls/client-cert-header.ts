import { X509Certificate } from 'node:crypto'
import { getHeaderList } from '@postern/core'
import { type Rejection, rejection } from '../../rejection.ts'
import { readSingle } from '../single-header.ts'

/** The certificates of one request, as a proxy passes them on (RFC 9440). */
export interface PassedCertificates {
  /** The header values: equal ones say the same. */
  readonly text: string
  /** `Client-Cert`: the caller's. */
  readonly certificate: string
  /** `Client-Cert-Chain`: its authorities, the nearest first; empty without it. */
  readonly chain: string
}

/** Base64 of a certificate is 1 to 3 KiB; a chain has a few. */
const MAX_LENGTH = 32_768
const MAX_CHAIN = 8
// RFC 9651 section 3.3.5: a byte sequence.
const BYTES = /^[ \t]*:([A-Za-z0-9+/]+={0,2}):[ \t]*$/

const refused = (message: string): Rejection => rejection('GW_AUTH_REQUEST_INVALID', message)
const SEVERAL = refused('The request carries more than one Client-Cert header.')
const MALFORMED = refused(
  'Client-Cert or Client-Cert-Chain does not hold certificates as RFC 9440 writes them.',
)

/** What a trusted proxy says of the caller's certificate: `undefined` when it showed none. */
export function readClientCert(headers: readonly string[]): PassedCertificates | undefined | Rejection {
  const certificate = readSingle(headers, 'client-cert')
  if (certificate === undefined) return undefined
  if (certificate === null) return SEVERAL
  const chain = getHeaderList(headers, 'client-cert-chain') ?? ''
  if (certificate.length + chain.length > MAX_LENGTH) return MALFORMED
  return { text: `${certificate}\n${chain}`, certificate, chain }
}

/** Reads the certificates, the caller's first. Nothing in them is proven. */
export function parseCertificates({
  certificate,
  chain,
}: PassedCertificates): readonly [X509Certificate, ...X509Certificate[]] | Rejection {
  const others = chain === '' ? [] : chain.split(',')
  if (others.length > MAX_CHAIN) return MALFORMED
  try {
    return [parse(certificate), ...others.map(parse)]
  } catch {
    return MALFORMED
  }
}

function parse(item: string): X509Certificate {
  const [, encoded] = BYTES.exec(item) ?? []
  if (encoded === undefined) throw new Error('not a byte sequence')
  const der = Buffer.from(encoded, 'base64')
  const certificate = new X509Certificate(der)
  // OpenSSL reads PEM as well, and stops at the end of the first certificate: what else is there belongs to nobody.
  if (!certificate.raw.equals(der)) throw new Error('more than one certificate')
  return certificate
}

/** PEM as node:tls takes it. */
import { X509Certificate } from 'node:crypto'
import type { Pem } from './upstream-options.ts'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/** The bytes of PEM blocks, however they were given. */
export function toBuffer(pem: Pem): Buffer {
  return Buffer.from(pem as string)
}

/**
 * The bytes of one or several bundles of authorities. Throws on one without a certificate, or with a broken one:
 * node:tls leaves out what it cannot read, and then nobody is believed and nobody knows why.
 */
export function toAuthorities(bundles: Pem | readonly Pem[]): Buffer[] {
  const buffers = (Array.isArray(bundles) ? (bundles as readonly Pem[]) : [bundles as Pem]).map(toBuffer)
  for (const buffer of buffers) {
    const certificates = String(buffer).match(CERTIFICATE)
    if (!certificates) throw new Error('ca has no certificate in it')
    for (const certificate of certificates) new X509Certificate(certificate)
  }
  return buffers
}

import { X509Certificate } from 'node:crypto'
import type { ClientCertificate } from '@postern/core'
import type { Principal } from '@postern/core/contracts'
import { PRINTABLE } from '../../option-values.ts'
import { type Rejection, rejection } from '../../rejection.ts'
import { distinguishedName } from './distinguished-name.ts'
import type { CertificateIdentity } from './options.ts'
import { trustDomainOf } from './spiffe-id.ts'

const refused = (message: string): Rejection => rejection('GW_AUTH_CREDENTIALS_INVALID', message)

const AUTHORITY = refused('The certificate is one of an authority, and authorities are no callers.')
const NO_NAME = refused('The certificate does not hold exactly one name of the kind that identity asks for.')
const BAD_NAME = refused('The name in the certificate is not printable ASCII.')
const NOT_SPIFFE = refused('The URI in the certificate is not the SPIFFE ID of a workload.')
const FOREIGN = refused('The SPIFFE ID is of a trust domain that is not one of trustDomains.')

/** Which names count. */
export interface NameRules {
  readonly identity: CertificateIdentity
  readonly trustDomains: readonly string[]
}

/** The caller that a verified certificate names, or why it names none. */
export function toPrincipal(certificate: ClientCertificate, rules: NameRules): Principal | Rejection {
  const parsed = new X509Certificate(certificate.der)
  // X509-SVID section 5.2, and sound for every other certificate: who holds an authority's key could be anybody.
  if (parsed.ca) return AUTHORITY
  const names = namesOf(certificate, parsed, rules.identity)
  const [id] = names
  if (id === undefined || names.length > 1) return NO_NAME
  if (!PRINTABLE.test(id)) return BAD_NAME
  let issuer = distinguishedName(certificate.issuer)
  if (rules.identity === 'spiffe') {
    const domain = trustDomainOf(id)
    if (domain === undefined) return NOT_SPIFFE
    if (!rules.trustDomains.includes(domain)) return FOREIGN
    issuer = `spiffe://${domain}`
  }
  return Object.freeze({
    id,
    kind: 'service',
    scheme: 'mtls',
    // Left out where no header could carry it.
    issuer: PRINTABLE.test(issuer) ? issuer : undefined,
    scopes: Object.freeze([]),
    claims: Object.freeze({
      subject: distinguishedName(certificate.subject),
      subjectAltNames: Object.freeze([...certificate.subjectAltNames]),
      serialNumber: certificate.serialNumber,
      fingerprint256: certificate.fingerprint256,
      notAfter: certificate.validTo,
    }),
    via: Object.freeze([]),
  })
}

/** All names of one kind. More than one is no identity: each reader could choose another. */
function namesOf(
  { subject, subjectAltNames }: ClientCertificate,
  parsed: X509Certificate,
  identity: CertificateIdentity,
): readonly string[] {
  switch (identity) {
    case 'subject':
      return subject === '' ? [] : [distinguishedName(subject)]
    case 'common-name': {
      // Node's text form escapes; here the value itself is wanted, alone or in a list.
      const name = parsed.toLegacyObject().subject.CN as string | readonly string[] | undefined
      if (name === undefined) return []
      return typeof name === 'string' ? [name] : name
    }
    case 'dns':
      return ofKind(subjectAltNames, 'DNS:')
    case 'uri':
    case 'spiffe':
      return ofKind(subjectAltNames, 'URI:')
  }
}

function ofKind(names: readonly string[], kind: string): readonly string[] {
  return names.filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length))
}

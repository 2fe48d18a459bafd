import type { X509Certificate } from 'node:crypto'

const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2'

/**
 * Whether a certificate leads to one of these authorities: each issuer is an authority, its name and key identifier
 * match, its signature holds, and every certificate is valid now. A certificate with extended key usages must name
 * client authentication. Path lengths, name constraints, policies and revocation are not looked at: who passes a
 * certificate on has verified the handshake and all of that (RFC 9440 section 2.4).
 * @param certificates the caller's, then those of its authorities, in any order.
 */
export function leadsTo(
  authorities: readonly X509Certificate[],
  [leaf, ...others]: readonly [X509Certificate, ...X509Certificate[]],
  nowMs: number,
): boolean {
  const { keyUsage } = leaf
  if (keyUsage !== undefined && !keyUsage.includes(CLIENT_AUTHENTICATION)) return false
  return hasPath(leaf, new Set(others), authorities, nowMs)
}

/** Whether a certificate is valid at a moment: a connection may outlive the one that it was opened with. */
export function isValidAt(
  { validFrom, validTo }: { readonly validFrom: string; readonly validTo: string },
  nowMs: number,
): boolean {
  return Date.parse(validFrom) <= nowMs && nowMs <= Date.parse(validTo)
}

/**
 * Whether a path leads up from a certificate.
 * @param others what was not met yet. Each is met once: a circle ends, and what led nowhere before leads nowhere again.
 */
function hasPath(
  certificate: X509Certificate,
  others: Set<X509Certificate>,
  authorities: readonly X509Certificate[],
  nowMs: number,
): boolean {
  if (!isValidAt(certificate, nowMs)) return false
  if (authorities.some((authority) => isValidAt(authority, nowMs) && issued(authority, certificate)))
    return true
  for (const issuer of others) {
    if (!issued(issuer, certificate)) continue
    others.delete(issuer)
    if (hasPath(issuer, others, authorities, nowMs)) return true
  }
  return false
}

function issued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

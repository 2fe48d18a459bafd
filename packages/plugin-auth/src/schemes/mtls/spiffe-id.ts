/** https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md */
const MAX_BYTES = 2_048
const PREFIX = 'spiffe://'
// Section 2.1. Lower case only: what could be written in two ways could be allowed in one and refused in the other.
const TRUST_DOMAIN = /^[a-z0-9._-]{1,255}$/
// Section 2.2: no empty, "." or ".." segment, no percent-encoding; so the text is its own normal form.
const SEGMENT = /^[a-zA-Z0-9._-]+$/

/** Whether a text can be the name of a trust domain. */
export function isTrustDomain(text: string): boolean {
  return TRUST_DOMAIN.test(text)
}

/**
 * The trust domain of a workload's SPIFFE ID; `undefined` when it is not a valid one. An ID without a path names the
 * trust domain itself, and so nobody who calls (X509-SVID section 5.2).
 */
export function trustDomainOf(id: string): string | undefined {
  if (id.length > MAX_BYTES || !id.startsWith(PREFIX)) return undefined
  const [domain = '', ...segments] = id.slice(PREFIX.length).split('/')
  const isPath =
    segments.length > 0 &&
    segments.every((segment) => SEGMENT.test(segment) && segment !== '.' && segment !== '..')
  return isPath && isTrustDomain(domain) ? domain : undefined
}

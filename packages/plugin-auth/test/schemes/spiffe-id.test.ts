import { describe, expect, it } from 'vitest'
import { isTrustDomain, trustDomainOf } from '../../src/schemes/mtls/spiffe-id.ts'

describe('a SPIFFE ID', () => {
  it.each([
    'spiffe://example.org/orders',
    'spiffe://example.org/ns/staging/sa/default',
    'spiffe://example.org/...',
    'spiffe://example.org/A-b_c.9',
    `spiffe://example.org/${'a'.repeat(2_027)}`,
  ])('may be %.60s', (id) => {
    expect(trustDomainOf(id)).toBe('example.org')
  })

  it.each([
    ['another scheme', 'https://example.org/orders'],
    ['a scheme in capitals', 'SPIFFE://example.org/orders'],
    ['no scheme', 'example.org/orders'],
    ['no trust domain', 'spiffe:///orders'],
    ['no path', 'spiffe://example.org'],
    ['the root path', 'spiffe://example.org/'],
    ['a slash at the end', 'spiffe://example.org/orders/'],
    ['an empty segment', 'spiffe://example.org//orders'],
    ['a dot segment', 'spiffe://example.org/a/./orders'],
    ['a step upwards', 'spiffe://example.org/a/../admin'],
    ['percent-encoding', 'spiffe://example.org/%61dmin'],
    ['an encoded trust domain', 'spiffe://example%2eorg/orders'],
    ['capitals in the trust domain', 'spiffe://Example.org/orders'],
    ['a port', 'spiffe://example.org:443/orders'],
    ['a user', 'spiffe://example.org@evil.org/orders'],
    ['a query', 'spiffe://example.org/orders?admin'],
    ['a fragment', 'spiffe://example.org/orders#admin'],
    ['a backslash', 'spiffe://evil.org\\@example.org/orders'],
    ['a NUL', 'spiffe://example.org/orders\0'],
    ['a line break at the end', 'spiffe://example.org/orders\n'],
    ['another alphabet', 'spiffe://exаmple.org/orders'],
    ['2049 bytes', `spiffe://example.org/${'a'.repeat(2_028)}`],
    ['a trust domain of 256 bytes', `spiffe://${'a'.repeat(256)}/orders`],
  ])('may not have %s', (_what, id) => {
    expect(trustDomainOf(id)).toBeUndefined()
  })

  it('has a trust domain that is a name and nothing else', () => {
    expect(['example.org', 'prod_1', '10.0.0.1'].every(isTrustDomain)).toBe(true)
    expect(['', 'spiffe://example.org', 'example.org/', 'Example.org', '*.org'].some(isTrustDomain)).toBe(
      false,
    )
  })
})

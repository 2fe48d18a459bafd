import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { auth, type JwtIssuerOptions } from '../src/index.ts'
import { authRouteOptionsSchema } from '../src/options-schema.ts'
import { resolve } from './support/fake-host.ts'

const idp: JwtIssuerOptions = { issuer: 'https://idp.internal', audience: 'gateway', algorithms: ['ES256'] }
const withIssuer = (changes: object) => () => resolve({ jwt: [{ ...idp, ...changes }] })

describe('options', () => {
  it('need one issuer and have a safe default for everything else', () => {
    expect(resolve({ jwt: [idp] })).toEqual({
      jwt: [{ ...idp, clockToleranceMs: 5_000, requiredClaims: ['exp'], futureIat: false }],
      jwks: {
        refreshMs: 600_000,
        staleMs: 86_400_000,
        cooldownMs: 30_000,
        timeoutMs: 5_000,
        maxBytes: 262_144,
      },
      cache: { maxEntries: 10_000, maxAgeMs: 300_000 },
      workers: { threads: 1, inline: 'auto', maxMemoryBytes: 134_217_728, maxQueue: 2_048 },
      identityHeaders: {},
      identity: { credentials: 'pass' },
      outbound: {},
    })
  })

  it('refuse a gateway without issuers', () => {
    expect(() => resolve({ jwt: [] })).toThrow('Name at least one way to authenticate')
  })

  it('refuse the same issuer twice', () => {
    expect(() => resolve({ jwt: [idp, { ...idp, audience: 'other' }] })).toThrow(
      'Two entries have the same issuer',
    )
  })

  it.each(['HS256', 'HS384', 'HS512'])('refuse the algorithm %s without secrets and say why', (algorithm) => {
    expect(withIssuer({ algorithms: ['ES256', algorithm] })).toThrow(
      `"${algorithm}" is refused without secrets: with it, everyone who can verify a token can make one. Use one of ES256,`,
    )
  })

  it.each(['none', 'None'])('refuse the algorithm %s and say why', (algorithm) => {
    expect(withIssuer({ algorithms: ['ES256', algorithm] })).toThrow(
      `"${algorithm}" is refused: with it, everyone can make a token. Use one of ES256,`,
    )
  })

  it('name the algorithms when one is unknown or none is given', () => {
    expect(withIssuer({ algorithms: ['ES265'] })).toThrow('Expected one of ES256')
    expect(withIssuer({ algorithms: [] })).toThrow('Name at least one algorithm')
  })

  it('refuse an issuer that is no address where discovery would need one', () => {
    expect(withIssuer({ issuer: 'idp.internal' })).toThrow('give jwksUrl for any other')
    expect(withIssuer({ issuer: 'idp.internal', jwksUrl: 'https://idp.internal/jwks' })).not.toThrow()
  })

  it.each(['ftp://idp/jwks', 'file:///jwks', '/jwks', 'https://user:secret@idp/jwks', 'https://idp/jwks#a'])(
    'refuse the key set address %s',
    (jwksUrl) => {
      expect(withIssuer({ jwksUrl })).toThrow('Expected an http:// or https:// address')
    },
  )

  it('refuse an issuer that could not be sent as a header', () => {
    expect(withIssuer({ issuer: 'https://idp/\r\nx-admin:1' })).toThrow('Expected printable ASCII')
  })

  it('refuse unknown keys at every depth', () => {
    expect(() => resolve({ jwt: [idp], jwk: {} } as never)).toThrow()
    expect(withIssuer({ audiences: ['a'] })).toThrow()
    expect(() => resolve({ jwt: [idp], jwks: { refresh: 1 } } as never)).toThrow()
  })

  it('refuse identity headers that are no header names, belong to HTTP, or are the same', () => {
    const withHeaders = (identityHeaders: object) => () => resolve({ jwt: [idp], identityHeaders })
    expect(withHeaders({ subject: 'x caller' })).toThrow('Expected a header name')
    expect(withHeaders({ subject: 'Authorization' })).toThrow('belongs to HTTP itself')
    expect(withHeaders({ subject: 'x-caller', issuer: 'X-Caller' })).toThrow('same name')
  })

  it('refuse a realm that would break out of its quotes', () => {
    expect(() => resolve({ jwt: [idp], realm: 'a", error="' })).toThrow()
  })
})

describe('route options', () => {
  const check = (value: unknown) =>
    authRouteOptionsSchema['~standard'].validate(value) as { issues?: unknown }

  it('accept scopes, issuers and anonymous', () => {
    expect(check({ scopes: ['a.read'], issuers: ['https://idp'], anonymous: true }).issues).toBeUndefined()
  })

  it('refuse a scope that would break out of the challenge', () => {
    expect(check({ scopes: ['a" , b="'] }).issues).toBeDefined()
    expect(check({ scopes: ['a b'] }).issues).toBeDefined()
  })

  it('refuse an empty list of issuers, which nobody could satisfy', () => {
    expect(check({ issuers: [] }).issues).toBeDefined()
  })
})

describe('the plugin', () => {
  it('has the version of its package', () => {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    expect(auth.definition.version).toBe(manifest.version)
  })

  it('owns its identity headers in lower case', () => {
    const options = resolve({ jwt: [idp], identityHeaders: { subject: 'X-Caller', scopes: 'x-scopes' } })
    expect(auth.definition.ownsRequestHeaders?.(options)).toEqual(['x-caller', 'x-scopes'])
  })
})

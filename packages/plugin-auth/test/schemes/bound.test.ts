import { X509Certificate } from 'node:crypto'
import { createTestGateway, TestAuthority, type TestCertificate } from '@postern/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuthOptions, auth } from '../../src/index.ts'
import { IntrospectionServer } from '../support/introspection-server.ts'
import { optionsFor } from '../support/options.ts'
import { type Answer, codeOf, send } from '../support/send.ts'
import { TestIssuer } from '../support/test-issuer.ts'

const servers = new TestAuthority('Servers CA')
const clients = new TestAuthority('Clients CA')
const server = servers.issue({ name: 'gateway', names: ['DNS:localhost', 'IP:127.0.0.1'] })
const orders = clients.issue({ name: 'orders', names: ['DNS:orders'] })
const thief = clients.issue({ name: 'thief', names: ['DNS:thief'] })

let issuer: TestIssuer
let introspection: IntrospectionServer
beforeAll(async () => {
  issuer = await TestIssuer.start()
  introspection = await IntrospectionServer.start()
})
afterAll(async () => {
  await issuer.stop()
  await introspection[Symbol.asyncDispose]()
})

const thumbprint = ({ cert }: TestCertificate): string =>
  Buffer.from(new X509Certificate(cert).fingerprint256.replaceAll(':', ''), 'hex').toString('base64url')
const boundTo = (certificate: TestCertificate) => ({ 'x5t#S256': thumbprint(certificate) })
const encoded = ({ cert }: TestCertificate): string => `:${new X509Certificate(cert).raw.toString('base64')}:`
const reached = ({ status, body }: Answer) => (status === 200 ? 200 : codeOf({ body } as Answer))

/** A JWT, and an opaque token of which introspection says the same. */
const kinds = [
  ['a JWT', (cnf: unknown) => issuer.sign({ claims: { cnf } })],
  [
    'an introspected token',
    (cnf: unknown) => {
      const token = `opaque-${introspection.tokens.size}`
      introspection.tokens.set(token, { sub: 'orders', cnf })
      return Promise.resolve(token)
    },
  ],
] as const

async function secure(more: Partial<AuthOptions> = {}) {
  const options = optionsFor(issuer, {}, { introspection: { url: introspection.url, bearer: 'gw' }, ...more })
  const test = await createTestGateway([auth(options)])
  const tls = { ...server, clientCertificates: 'request', ca: clients.cert } as const
  const { port } = await test.gateway.listen({ port: 0, tls })
  return {
    test,
    call: (token: string, certificate?: TestCertificate, headers: readonly string[] = []) =>
      send(`https://127.0.0.1:${port}/`, ['authorization', `Bearer ${token}`, ...headers], {
        ca: servers.cert,
        ...certificate,
      }),
    [Symbol.asyncDispose]: () => test.close(),
  }
}

describe.each(kinds)('%s that is bound to a certificate', (_kind, tokenWith) => {
  it('passes with that one alone, remembered or not', async () => {
    await using gateway = await secure()
    const token = await tokenWith(boundTo(orders))
    const shown = [thief, undefined, orders, thief, undefined, orders]
    const met: unknown[] = []
    for (const one of shown) met.push(reached(await gateway.call(token, one)))
    const no = 'GW_AUTH_TOKEN_BOUND'
    expect(met).toEqual([no, no, 200, no, no, 200])
    expect(gateway.test.upstream.requests).toHaveLength(2)
    const refused = await gateway.call(token, thief)
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([
      401,
      expect.stringContaining('error="invalid_token"'),
    ])
  })

  it('is compared with Client-Cert of a trusted proxy, and of nobody else', async () => {
    const token = await tokenWith(boundTo(orders))
    const passed = ['Client-Cert', encoded(orders)]
    await using open = await secure()
    expect(reached(await open.call(token, thief, passed))).toBe('GW_AUTH_TOKEN_BOUND')
    const mtls = { identity: 'dns', trustClientCertFrom: ['127.0.0.1'] } as const
    await using trusting = await secure({ mtls })
    expect(reached(await trusting.call(token, thief, passed))).toBe(200)
    expect(reached(await trusting.call(token, undefined, ['Client-Cert', encoded(thief)]))).toBe(
      'GW_AUTH_TOKEN_BOUND',
    )
    // The proxy's own certificate says nothing of its callers.
    expect(reached(await trusting.call(token, orders))).toBe('GW_AUTH_TOKEN_BOUND')
    expect(reached(await trusting.call(token, orders, ['Client-Cert', ':AAAA:']))).toBe(
      'GW_AUTH_REQUEST_INVALID',
    )
    await using strict = await secure({ mtls: { ...mtls, ca: servers.cert } })
    expect(reached(await strict.call(token, undefined, passed))).toBe('GW_AUTH_CREDENTIALS_INVALID')
  })

  it.each([
    ['a key (DPoP)', { jkt: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs' }],
    ['a key that it holds', { jwk: { kty: 'OKP' } }],
    ['a key by name', { kid: 'k1' }],
    ['a certificate and a key', { ...boundTo(orders), jkt: 'x' }],
    ['nothing', {}],
    ['null', null],
    ['a text', 'x5t#S256'],
    ['a certificate that is no text', { 'x5t#S256': [thumbprint(orders)] }],
    ['a certificate by SHA-1', { x5t: 'x' }],
  ])('is refused when it is bound to %s', async (_what, cnf) => {
    await using gateway = await secure()
    const token = await tokenWith(cnf)
    for (const certificate of [orders, undefined, orders]) {
      const answer = await gateway.call(token, certificate)
      expect([answer.status, codeOf(answer)]).toEqual([401, 'GW_AUTH_TOKEN_BOUND'])
    }
    expect(gateway.test.upstream.requests).toHaveLength(0)
  })
})

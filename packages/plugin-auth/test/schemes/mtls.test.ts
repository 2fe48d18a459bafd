import { X509Certificate } from 'node:crypto'
import { Agent } from 'node:https'
import type { GatewayOptions } from '@postern/core'
import { principal } from '@postern/core/contracts'
import { createTestGateway, TestAuthority, type TestCertificate } from '@postern/core/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { auth, type MtlsOptions } from '../../src/index.ts'
import { resolve } from '../support/fake-host.ts'
import { type Answer, codeOf, send } from '../support/send.ts'

const servers = new TestAuthority('Servers CA')
const clients = new TestAuthority('Clients CA')
const foreign = new TestAuthority('Foreign CA')
const server = servers.issue({ name: 'gateway', names: ['DNS:localhost', 'IP:127.0.0.1'] })
const spiffe = { identity: 'spiffe', trustDomains: ['example.org'] } as const
const orders = clients.issue({ name: 'orders', names: ['URI:spiffe://example.org/ns/shop/sa/orders'] })

afterEach(() => {
  vi.useRealTimers()
})

/** A gateway with a TLS listener that asks clients for certificates. */
async function secure(mtls: MtlsOptions, options: GatewayOptions = {}) {
  const test = await createTestGateway([auth({ mtls })], options)
  const tls = { ...server, clientCertificates: 'request', ca: clients.cert } as const
  const { port } = await test.gateway.listen({ port: 0, tls })
  const url = `https://127.0.0.1:${port}/`
  return {
    test,
    url,
    call: (certificate?: TestCertificate, headers: readonly string[] = []): Promise<Answer> =>
      send(url, headers, { ca: servers.cert, ...certificate }),
    [Symbol.asyncDispose]: () => test.close(),
  }
}

const encoded = (pem: string) => `:${new X509Certificate(pem).raw.toString('base64')}:`
const clientCert = (pem: string, ...chain: readonly string[]) => [
  'Client-Cert',
  encoded(pem),
  ...(chain.length > 0 ? ['Client-Cert-Chain', chain.map(encoded).join(', ')] : []),
]

describe('the certificate of the connection', () => {
  it('proves who calls by its SPIFFE ID', async () => {
    await using gateway = await secure(spiffe)
    expect((await gateway.call(orders)).status).toBe(200)
    await gateway.test.finished(1)
    const certificate = new X509Certificate(orders.cert)
    expect(gateway.test.exchanges[0]?.get(principal)).toEqual({
      id: 'spiffe://example.org/ns/shop/sa/orders',
      kind: 'service',
      scheme: 'mtls',
      issuer: 'spiffe://example.org',
      scopes: [],
      claims: {
        subject: 'CN=orders',
        subjectAltNames: ['URI:spiffe://example.org/ns/shop/sa/orders'],
        serialNumber: certificate.serialNumber,
        fingerprint256: certificate.fingerprint256,
        notAfter: new Date(certificate.validTo).toISOString(),
      },
      via: [],
    })
  })

  it.each([
    ['common-name', 'orders', 'CN=Clients CA'],
    ['subject', 'CN=orders', 'CN=Clients CA'],
    ['dns', 'orders.internal', 'CN=Clients CA'],
    ['uri', 'urn:service:orders', 'CN=Clients CA'],
  ] as const)('proves it by its %s', async (identity, id, issuer) => {
    await using gateway = await secure({ identity })
    const shown = clients.issue({ name: 'orders', names: ['DNS:orders.internal', 'URI:urn:service:orders'] })
    expect((await gateway.call(shown)).status).toBe(200)
    await gateway.test.finished(1)
    expect(gateway.test.exchanges[0]?.get(principal)).toMatchObject({ id, issuer })
  })

  it('is accepted or not by the trust domain that vouches for it, route by route', async () => {
    const mtls = { ...spiffe, trustDomains: ['example.org', 'example.net'] }
    for (const [domain, status] of [
      ['example.org', 200],
      ['example.net', 403],
    ] as const) {
      const route = { plugins: { auth: { issuers: [`spiffe://${domain}`] } } }
      await using gateway = await secure(mtls, { route })
      expect((await gateway.call(orders)).status).toBe(status)
    }
    const route = { plugins: { auth: { issuers: ['spiffe://example.com'] } } }
    await expect(secure(mtls, { route })).rejects.toThrow('no scheme of plugin-auth has')
  })

  it('may have no subject', async () => {
    await using gateway = await secure(spiffe)
    const shown = clients.issue({ name: '', names: ['URI:spiffe://example.org/orders'] })
    expect((await gateway.call(shown)).status).toBe(200)
    await gateway.test.finished(1)
    expect(gateway.test.exchanges[0]?.get(principal)?.claims).toMatchObject({ subject: '' })
  })

  it('is needed, and of an authority of the listener', async () => {
    await using gateway = await secure(spiffe)
    const stranger = foreign.issue({ name: 'x', names: ['URI:spiffe://example.org/orders'] })
    for (const shown of [undefined, stranger]) {
      const answer = await gateway.call(shown)
      expect([answer.status, codeOf(answer)]).toEqual([401, 'GW_AUTH_TOKEN_MISSING'])
    }
    expect(gateway.test.upstream.requests).toHaveLength(0)
  })

  it.each([
    ['another trust domain', ['URI:spiffe://example.org.evil.net/orders'], 'trustDomains'],
    ['a subdomain of the trust domain', ['URI:spiffe://a.example.org/orders'], 'trustDomains'],
    ['the trust domain itself', ['URI:spiffe://example.org'], 'SPIFFE ID of a workload'],
    ['a step upwards', ['URI:spiffe://example.org/a/../admin'], 'SPIFFE ID of a workload'],
    ['a user part', ['URI:spiffe://example.org@evil.net/orders'], 'SPIFFE ID of a workload'],
    ['another scheme', ['URI:https://example.org/orders'], 'SPIFFE ID of a workload'],
    ['two URIs', ['URI:spiffe://example.org/orders', 'URI:spiffe://example.org/admin'], 'exactly one name'],
    ['the ID as a DNS name', ['DNS:spiffe://example.org/orders'], 'exactly one name'],
    ['a second ID in one name', ['DNS:a, URI:spiffe://example.org/admin'], 'exactly one name'],
    ['no name at all', [], 'exactly one name'],
  ])('does not prove a SPIFFE ID with %s', async (_what, names, reason) => {
    await using gateway = await secure(spiffe)
    const answer = await gateway.call(clients.issue({ name: 'spiffe://example.org/orders', names }))
    expect([answer.status, codeOf(answer)]).toEqual([401, 'GW_AUTH_CREDENTIALS_INVALID'])
    expect(answer.headers['www-authenticate']).toBeUndefined()
    await gateway.test.finished(1)
    expect(gateway.test.exchanges[0]?.error?.message).toContain(reason)
  })

  it.each([
    ['a line break', 'orders\nCN=admin'],
    ['letters that no header carries', 'ördèrs'],
    ['a blank at the end', 'orders '],
  ])('does not prove a common name with %s', async (_what, name) => {
    await using gateway = await secure({ identity: 'common-name' })
    const answer = await gateway.call(clients.issue({ name }))
    expect([answer.status, codeOf(answer)]).toEqual([401, 'GW_AUTH_CREDENTIALS_INVALID'])
  })

  it('cannot bring in an attribute of its subject by its value', async () => {
    await using gateway = await secure({ identity: 'subject' })
    expect((await gateway.call(clients.issue({ name: 'orders,O=Bank + CN=admin' }))).status).toBe(200)
    await gateway.test.finished(1)
    expect(gateway.test.exchanges[0]?.caller).toBe('CN=orders\\,O=Bank \\+ CN=admin')
  })

  it('is not believed once it has expired, also on a connection that goes on', async () => {
    await using gateway = await secure(spiffe)
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: servers.cert, ...orders })
    try {
      expect((await send(gateway.url, [], { agent })).status).toBe(200)
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 40 * 86_400_000 })
      const answer = await send(gateway.url, [], { agent })
      expect([answer.status, codeOf(answer)]).toEqual([401, 'GW_AUTH_CREDENTIALS_INVALID'])
    } finally {
      agent.destroy()
    }
  })
})

describe('the certificate in Client-Cert', () => {
  const trusting = { ...spiffe, trustClientCertFrom: ['127.0.0.1'] }
  const behindProxy = (more: Partial<MtlsOptions> = {}, options = {}) =>
    createTestGateway([auth({ mtls: { ...trusting, ...more } })], options)

  it('proves who calls, when a trusted proxy sends it, and no upstream gets it', async () => {
    await using test = await behindProxy()
    // Twice: the second time from memory.
    for (let i = 0; i < 2; i++)
      expect((await send(test.url, clientCert(orders.cert, clients.cert))).status).toBe(200)
    await test.finished(2)
    expect(test.exchanges.map(({ caller }) => caller)).toEqual(
      Array(2).fill('spiffe://example.org/ns/shop/sa/orders'),
    )
    for (const { headers } of test.upstream.requests) {
      expect(headers['client-cert']).toBeUndefined()
      expect(headers['client-cert-chain']).toBeUndefined()
    }
  })

  it('is not read from anybody else, and removed', async () => {
    const route = { plugins: { auth: { anonymous: true } } }
    await using test = await behindProxy({ trustClientCertFrom: ['10.0.0.0/8', '::1'] }, { route })
    expect((await send(test.url, clientCert(orders.cert, clients.cert))).status).toBe(200)
    await test.finished(1)
    expect(test.exchanges[0]?.get(principal)).toBeUndefined()
    expect(test.upstream.requests[0]?.headers['client-cert']).toBeUndefined()
    expect(test.upstream.requests[0]?.headers['client-cert-chain']).toBeUndefined()
  })

  it('is not believed for the sake of an address that a forwarding header claims', async () => {
    await using test = await behindProxy(
      { trustClientCertFrom: ['10.0.0.1'] },
      { trustedProxies: ['127.0.0.1'] },
    )
    const answer = await send(test.url, ['x-forwarded-for', '10.0.0.1', ...clientCert(orders.cert)])
    expect([answer.status, codeOf(answer)]).toEqual([401, 'GW_AUTH_TOKEN_MISSING'])
  })

  it('is the only one that counts from a trusted proxy: its own is not that of its callers', async () => {
    await using gateway = await secure(trusting)
    const proxy = clients.issue({ name: 'proxy', names: ['URI:spiffe://example.org/proxy'] })
    expect((await gateway.call(proxy)).status).toBe(401)
    expect((await gateway.call(proxy, clientCert(orders.cert))).status).toBe(200)
    await gateway.test.finished(2)
    expect(gateway.test.exchanges[1]?.caller).toBe('spiffe://example.org/ns/shop/sa/orders')
  })

  it.each([
    ['two lines', [...clientCert(orders.cert), ...clientCert(orders.cert)]],
    ['nothing', ['client-cert', '']],
    ['an empty value', ['client-cert', '::']],
    ['PEM', ['client-cert', orders.cert.replaceAll('\n', '')]],
    ['PEM as bytes', ['client-cert', `:${Buffer.from(orders.cert).toString('base64')}:`]],
    ['no colons', ['client-cert', encoded(orders.cert).slice(1, -1)]],
    ['no base64', ['client-cert', ':!:']],
    ['bytes that are no certificate', ['client-cert', ':AAAA:']],
    ['two certificates', ['client-cert', `${encoded(orders.cert)}, ${encoded(orders.cert)}`]],
    ['something after it', ['client-cert', `${encoded(orders.cert).slice(0, -1)}AAAA:`]],
    ['a parameter', ['client-cert', `${encoded(orders.cert)};a=1`]],
    ['a broken chain', [...clientCert(orders.cert), 'client-cert-chain', ':AAAA:']],
    [
      'a chain without end',
      [...clientCert(orders.cert), 'client-cert-chain', Array(9).fill(encoded(clients.cert)).join()],
    ],
  ])('with %s is refused', async (_what, headers) => {
    await using test = await behindProxy()
    const answer = await send(test.url, headers)
    expect([answer.status, codeOf(answer)]).toEqual([400, 'GW_AUTH_REQUEST_INVALID'])
    expect(test.upstream.requests).toHaveLength(0)
  })

  it.each([
    ['has expired', clients.issue({ name: 'x', names: ['URI:spiffe://example.org/x'], days: [-9, -1] }).cert],
    [
      'is not valid yet',
      clients.issue({ name: 'x', names: ['URI:spiffe://example.org/x'], days: [1, 9] }).cert,
    ],
    ["is an authority's", clients.cert],
  ])('that %s is refused', async (_what, pem) => {
    await using test = await behindProxy()
    const answer = await send(test.url, clientCert(pem))
    expect([answer.status, codeOf(answer)]).toEqual([401, 'GW_AUTH_CREDENTIALS_INVALID'])
  })

  describe('with authorities of its own', () => {
    const between = new TestAuthority('Between CA', clients)
    const nested = between.issue({ name: 'n', names: ['URI:spiffe://example.org/nested'] })
    const stranger = foreign.issue({ name: 's', names: ['URI:spiffe://example.org/orders'] })
    // The same name as a known authority's, and another key.
    const double = new TestAuthority('Clients CA').issue({ name: 'd', names: ['URI:spiffe://example.org/d'] })
    // A caller that plays the authority of another.
    const leafKey = orders.cert

    it.each([
      [200, 'signed by one', clientCert(orders.cert)],
      [200, 'with the whole chain', clientCert(nested.cert, between.cert, clients.cert)],
      [200, 'with the chain up to it, in any order', clientCert(nested.cert, foreign.cert, between.cert)],
      [401, 'with a gap in its chain', clientCert(nested.cert)],
      [401, 'signed by another', clientCert(stranger.cert)],
      [401, 'that brings its own authority', clientCert(stranger.cert, foreign.cert)],
      [401, 'of an authority with the same name', clientCert(double.cert)],
      [401, 'with a caller as its authority', clientCert(stranger.cert, leafKey, clients.cert)],
    ])('answers %i to one %s', async (status, _what, headers) => {
      await using test = await behindProxy({ ca: [clients.cert] })
      const answer = await send(test.url, headers)
      expect(answer.status).toBe(status)
      if (status === 401) expect(codeOf(answer)).toBe('GW_AUTH_CREDENTIALS_INVALID')
    })

    it('looks at each certificate of a chain once, however many of them can have issued each other', async () => {
      const check = vi.spyOn(X509Certificate.prototype, 'verify')
      const circle = new TestAuthority('Circle CA')
      const caller = circle.issue({ name: 'c', names: ['URI:spiffe://example.org/c'] })
      await using test = await behindProxy({ ca: [clients.cert] })
      const chain = Array.from({ length: 8 }, () => circle.renew())
      expect((await send(test.url, clientCert(caller.cert, ...chain))).status).toBe(401)
      expect(check.mock.calls.length).toBeLessThan(80)
      check.mockRestore()
    })
  })
})

describe('the options', () => {
  const refusal = (mtls: object) => () => resolve({ mtls } as never)

  it('refuse a SPIFFE ID of anywhere, and trust domains where nothing looks at them', () => {
    expect(refusal({ identity: 'spiffe' })).toThrow('needs trustDomains')
    expect(refusal({ identity: 'dns', trustDomains: ['example.org'] })).toThrow('needs trustDomains')
    expect(refusal({ identity: 'spiffe', trustDomains: ['spiffe://example.org'] })).toThrow(
      'Expected the name of a trust domain',
    )
  })

  it('refuse proxies that are no addresses, and authorities that are none', () => {
    const trustClientCertFrom = ['10.0.0.0/8', 'unix']
    expect(refusal({ ...spiffe, trustClientCertFrom })).not.toThrow()
    expect(refusal({ ...spiffe, trustClientCertFrom: ['proxy.internal'] })).toThrow('Expected an IP address')
    expect(refusal({ ...spiffe, trustClientCertFrom, ca: 'x' })).toThrow('certificates of authorities')
    expect(refusal({ ...spiffe, trustClientCertFrom, ca: orders.cert })).toThrow(
      'certificates of authorities',
    )
    expect(refusal({ ...spiffe, ca: clients.cert })).toThrow('nobody may send without trustClientCertFrom')
  })
})

/** Which certificate a client gets, by the name that it asks for, and how certificates are replaced while traffic runs. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { isGatewayError, type ListenTls } from '../../src/index.ts'
import { until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'
import { thrownBy } from '../support.ts'
import {
  clientAuthority,
  openHttp2,
  openTls,
  requestHttp2,
  secureGateway,
  serverCertificate,
} from './secure.ts'

const REQUEST = 'GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n'

/** Common name of the certificate that a client gets. */
async function shown(port: number, servername: string): Promise<string> {
  const socket = await openTls(port, { servername, checkServerIdentity: () => undefined })
  const { subject } = socket.getPeerCertificate()
  socket.destroy()
  return String(subject.CN)
}

function named(name: string, ...names: readonly string[]) {
  return serverCertificate({ name, names })
}

describe('the certificate by name (SNI)', () => {
  const tls: ListenTls = {
    ...named('default', 'DNS:localhost', 'DNS:*.example.net'),
    certificates: [
      named('exact', 'DNS:api.example.com', 'DNS:Shop.Example.COM'),
      named('wildcard', 'DNS:*.example.com'),
      named('later', 'DNS:api.example.com'),
      named('forger', 'URI:x, DNS:victim.example.org', 'DNS:forger.example.org'),
      named('nameless'),
    ],
  }

  test.each([
    ['api.example.com', 'exact'],
    ['API.Example.Com', 'exact'],
    ['shop.example.com', 'exact'],
    ['other.example.com', 'wildcard'],
    ['OTHER.example.com', 'wildcard'],
    ['two.labels.example.com', 'default'],
    ['example.com', 'default'],
    ['x.example.net', 'default'],
    ['localhost', 'default'],
    ['unknown.example.org', 'default'],
    ['forger.example.org', 'forger'],
    ['victim.example.org', 'default'],
    ['', 'default'],
  ])('%s: %s', async (name, certificate) => {
    await using gateway = await secureGateway(tls)
    expect(await shown(gateway.port, name)).toBe(certificate)
  })

  test('a name that is asked for has no say in where a request goes', async () => {
    await using gateway = await secureGateway(tls)
    using client = RawClient.over(await openTls(gateway.port, { servername: 'api.example.com' }))
    expect((await client.exchange(REQUEST)).status).toBe(200)
    expect(gateway.test.exchanges[0]?.authority).toBe('localhost')
  })
})

describe('reloadTls', () => {
  test('new connections get the new certificates, those that stand go on, a download too', async () => {
    const before = {
      ...named('old', 'DNS:localhost'),
      certificates: [named('old-api', 'DNS:api.example.com')],
    }
    const after = {
      ...named('new', 'DNS:localhost'),
      certificates: [named('new-api', 'DNS:api.example.com')],
    }
    await using gateway = await secureGateway(before)
    const { upstream } = gateway.test
    using kept = RawClient.over(await openTls(gateway.port))
    const session = await openHttp2(gateway.port)
    await kept.exchange(REQUEST)
    await requestHttp2(session)

    let response: ServerResponse | undefined
    upstream.behave({
      kind: 'custom',
      handle(_request, given) {
        response = given
        given.writeHead(200, { 'content-length': '200000' }).write('a'.repeat(100_000))
      },
    })
    using download = RawClient.over(await openTls(gateway.port))
    download.send(REQUEST)
    await until(() => download.received.length > 100_000, 'the first half')

    gateway.address.reloadTls(after)
    expect(await shown(gateway.port, 'localhost')).toBe('new')
    expect(await shown(gateway.port, 'api.example.com')).toBe('new-api')

    response?.end('b'.repeat(100_000))
    expect((await download.response()).body).toBe('a'.repeat(100_000) + 'b'.repeat(100_000))
    upstream.behave({ kind: 'echo' })
    expect((await kept.exchange(REQUEST)).status).toBe(200)
    expect((await requestHttp2(session)).status).toBe(200)
    session.close()
  })

  test('works again and again, with requests running', async () => {
    await using gateway = await secureGateway(named('v0', 'DNS:localhost'))
    using kept = RawClient.over(await openTls(gateway.port))
    for (let i = 1; i <= 10; i++) {
      kept.send(REQUEST)
      gateway.address.reloadTls(named(`v${i}`, 'DNS:localhost'))
      expect(await shown(gateway.port, 'localhost')).toBe(`v${i}`)
      expect((await kept.response()).status).toBe(200)
    }
  })

  test('sessions of the old certificates are not resumed', async () => {
    await using gateway = await secureGateway({}, { protocols: ['http1'] })
    const options = { maxVersion: 'TLSv1.2' } as const
    const first = await openTls(gateway.port, options)
    const session = first.getSession()
    first.destroy()
    const again = await openTls(gateway.port, { ...options, ...(session ? { session } : {}) })
    expect(again.isSessionReused()).toBe(true)
    again.destroy()
    gateway.address.reloadTls(serverCertificate())
    const after = await openTls(gateway.port, { ...options, ...(session ? { session } : {}) })
    expect(after.isSessionReused()).toBe(false)
    after.destroy()
  })

  test.each<[string, ListenTls, RegExp]>([
    ['a certificate that is none', { ...serverCertificate(), cert: 'x' }, /cert, key or ca cannot be used/],
    ['a key that is none', { ...serverCertificate(), key: 'x' }, /cert, key or ca cannot be used/],
    ['a key of another certificate', { ...serverCertificate(), key: serverCertificate().key }, /mismatch/],
    ['authorities that are none', { ...serverCertificate(), ca: 'x' }, /cert, key or ca cannot be used/],
    [
      'an unknown key',
      { ...serverCertificate(), crt: 'x' } as never,
      /crt: unknown key. Did you mean "cert"\?/,
    ],
    ['nothing', undefined as never, /listen options/],
    [
      'another policy for clients',
      { ...serverCertificate(), clientCertificates: 'require', ca: clientAuthority.cert },
      /clientCertificates cannot change/,
    ],
    [
      'one bad certificate among the others',
      {
        ...serverCertificate(),
        certificates: [named('api', 'DNS:api.example.com'), { cert: 'x', key: 'x' }],
      },
      /certificates\[1\] cannot be used/,
    ],
  ])('%s changes nothing', async (_what, tls, message) => {
    await using gateway = await secureGateway({
      ...named('stays', 'DNS:localhost'),
      certificates: [named('stays-api', 'DNS:api.example.com')],
    })
    const thrown = thrownBy(() => gateway.address.reloadTls(tls))
    expect(isGatewayError(thrown) && thrown.code).toBe('GW_OPTIONS_INVALID')
    expect(String(thrown)).toMatch(message)
    expect(String(thrown)).not.toContain('BEGIN')
    expect(await shown(gateway.port, 'localhost')).toBe('stays')
    expect(await shown(gateway.port, 'api.example.com')).toBe('stays-api')
  })

  test('is refused on a listener without TLS', async () => {
    await using gateway = await secureGateway()
    const plain = await gateway.test.gateway.listen({ port: 0 })
    const thrown = thrownBy(() => plain.reloadTls(serverCertificate()))
    expect(isGatewayError(thrown) && thrown.code).toBe('GW_OPTIONS_INVALID')
  })
})

test('a listener does not start with a certificate that cannot be used', async () => {
  await expect(secureGateway({ key: serverCertificate().key })).rejects.toMatchObject({
    code: 'GW_OPTIONS_INVALID',
  })
  await expect(secureGateway({ clientCertificates: 'require' })).rejects.toThrow(
    /clientCertificates needs ca/,
  )
})

test('an encrypted key needs its passphrase', async () => {
  const { createPrivateKey } = await import('node:crypto')
  const { cert, key } = serverCertificate()
  const encrypted = String(
    createPrivateKey(key).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'sesame',
    }),
  )
  await expect(secureGateway({ cert, key: encrypted })).rejects.toMatchObject({ code: 'GW_OPTIONS_INVALID' })
  await expect(secureGateway({ cert, key: encrypted, passphrase: 'open' })).rejects.toMatchObject({
    code: 'GW_OPTIONS_INVALID',
  })
  await using gateway = await secureGateway({ cert, key: Buffer.from(encrypted), passphrase: 'sesame' })
  const socket = await openTls(gateway.port)
  socket.destroy()
  await once(socket, 'close')
})

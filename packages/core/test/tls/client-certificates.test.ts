/**
 * Certificates of clients (mTLS): who gets in, and what guards are told.
 *
 * Attack: clients without a certificate, with one that nobody believes, that is over or not valid yet; names in a
 * certificate that are written so that their text holds another name; sessions that are resumed to keep an identity that
 * was withdrawn, or to be taken for somebody.
 */
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { describe, expect, test } from 'vitest'
import type { ClientCertificate, ListenTls } from '../../src/index.ts'
import type { TestCertificate } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'
import { plugin } from '../support.ts'
import {
  clientAuthority,
  foreignAuthority,
  openHttp2,
  openTls,
  requestHttp2,
  type SecureGateway,
  secureGateway,
  serverCertificate,
} from './secure.ts'

const REQUEST = 'GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n'
const known = clientAuthority.issue({ name: 'orders', names: ['URI:spiffe://example.org/orders'] })

/** A gateway and the certificates that its guard saw. */
async function guarded(
  tls: Partial<ListenTls>,
): Promise<SecureGateway & { seen: (ClientCertificate | null)[] }> {
  const seen: (ClientCertificate | null)[] = []
  const watcher = plugin('watcher', ({ hooks }) => {
    hooks.onRequest.tap((exchange) => {
      seen.push(exchange.clientCertificate)
    })
  })
  const gateway = await secureGateway({ ca: clientAuthority.cert, ...tls }, {}, {}, [watcher])
  return Object.assign(gateway, { seen })
}

/** Sends one request; `refused` when there was no answer to it. */
async function ask(port: number, options: ConnectionOptions): Promise<number | 'refused'> {
  let socket: TLSSocket
  try {
    socket = await openTls(port, options)
  } catch {
    return 'refused'
  }
  using client = RawClient.over(socket)
  client.send(REQUEST)
  // Awaited here: the client is closed at the end of this function.
  return await client.response().then(
    ({ status }) => status,
    () => 'refused' as const,
  )
}

const CLIENTS: readonly [string, TestCertificate | undefined, boolean][] = [
  ['one of the authority', known, true],
  ['none', undefined, false],
  ['one of another authority', foreignAuthority.issue({ name: 'orders' }), false],
  ['one that is over', clientAuthority.issue({ name: 'orders', days: [-30, -1] }), false],
  ['one that is not valid yet', clientAuthority.issue({ name: 'orders', days: [1, 30] }), false],
  ['the authority itself under another key', { ...foreignAuthority.issue({ name: 'Clients CA' }) }, false],
  ['one of the servers’ authority', serverCertificate(), false],
]

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', (maxVersion) => {
  test.each(CLIENTS)('require: a client with %s', async (_what, certificate, accepted) => {
    await using gateway = await guarded({ clientCertificates: 'require' })
    expect(await ask(gateway.port, { ...certificate, maxVersion })).toBe(accepted ? 200 : 'refused')
    expect(gateway.seen.map((seen) => seen?.subject)).toEqual(accepted ? ['CN=orders'] : [])
  })

  test.each(CLIENTS)('request: a client with %s', async (_what, certificate, accepted) => {
    await using gateway = await guarded({ clientCertificates: 'request' })
    expect(await ask(gateway.port, { ...certificate, maxVersion })).toBe(200)
    expect(gateway.seen.map((seen) => seen?.subject ?? null)).toEqual([accepted ? 'CN=orders' : null])
  })

  test('none: a certificate is not even asked for', async () => {
    await using gateway = await guarded({})
    expect(await ask(gateway.port, { ...known, maxVersion })).toBe(200)
    expect(gateway.seen).toEqual([null])
  })

  test('a certificate without a subject has an empty one', async () => {
    await using gateway = await guarded({ clientCertificates: 'require' })
    const nameless = clientAuthority.issue({ name: '', names: ['URI:spiffe://example.org/orders'] })
    expect(await ask(gateway.port, { ...nameless, maxVersion })).toBe(200)
    expect(gateway.seen.map((seen) => seen?.subject)).toEqual([''])
  })

  test('a resumed session is as good as the one before', async () => {
    await using gateway = await guarded({ clientCertificates: 'require' })
    const session = await sessionOf(gateway.port, { ...known, maxVersion })
    const resumed = await openTls(gateway.port, { session, maxVersion })
    expect(resumed.isSessionReused()).toBe(true)
    using client = RawClient.over(resumed)
    for (let i = 0; i < 2; i++) expect((await client.exchange(REQUEST)).status).toBe(200)
    expect(gateway.seen.map((seen) => seen?.subject)).toEqual(['CN=orders', 'CN=orders', 'CN=orders'])
  })

  test('a session without a verified certificate does not become one by being resumed', async () => {
    await using gateway = await guarded({ clientCertificates: 'request' })
    for (const certificate of [undefined, foreignAuthority.issue({ name: 'orders' })]) {
      const session = await sessionOf(gateway.port, { ...certificate, maxVersion })
      expect(await ask(gateway.port, { session, maxVersion })).toBe(200)
    }
    expect(gateway.seen).toEqual([null, null, null, null])
  })

  test('a session does not outlive the authority that made it good', async () => {
    await using gateway = await guarded({ clientCertificates: 'require' })
    const session = await sessionOf(gateway.port, { ...known, maxVersion })
    gateway.address.reloadTls({
      ...serverCertificate(),
      clientCertificates: 'require',
      ca: foreignAuthority.cert,
    })
    expect(await ask(gateway.port, { session, maxVersion })).toBe('refused')
    expect(await ask(gateway.port, { ...known, session, maxVersion })).toBe('refused')
    expect(await ask(gateway.port, { ...foreignAuthority.issue({ name: 'new' }), maxVersion })).toBe(200)
  })
})

test('with HTTP/2, every request of the connection has the certificate', async () => {
  await using gateway = await guarded({ clientCertificates: 'require' })
  const session = await openHttp2(gateway.port, known)
  const answers = await Promise.all([1, 2, 3].map(() => requestHttp2(session)))
  session.close()
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(gateway.seen.map((seen) => seen?.subject)).toEqual(['CN=orders', 'CN=orders', 'CN=orders'])
  expect(gateway.seen[1]).toBe(gateway.seen[0])
})

test('the policy holds whatever name is asked for', async () => {
  const certificates = [serverCertificate({ name: 'api', names: ['DNS:api.example.com'] })]
  await using gateway = await guarded({ clientCertificates: 'require', certificates })
  const options = { servername: 'api.example.com' }
  expect(await ask(gateway.port, options)).toBe('refused')
  expect(await ask(gateway.port, { ...options, ...foreignAuthority.issue({ name: 'x' }) })).toBe('refused')
  expect(await ask(gateway.port, { ...options, ...known })).toBe(200)
})

test('the certificate is still known when the client is gone', async () => {
  await using gateway = await guarded({ clientCertificates: 'require' })
  gateway.test.upstream.behave({ kind: 'silent' })
  const client = RawClient.over(await openTls(gateway.port, known))
  client.send(REQUEST)
  await once(gateway.address.server, 'request')
  client.destroy()
  await gateway.test.finished(1)
  expect(gateway.test.exchanges[0]?.error?.code).toBe('GW_CLIENT_ABORTED')
  expect(gateway.test.exchanges[0]?.clientCertificate?.subject).toBe('CN=orders')
})

describe('what is told of a certificate', () => {
  test('all of it', async () => {
    const names = [
      'DNS:orders.example.org',
      'URI:spiffe://example.org/orders',
      'IP:10.0.0.7',
      'email:a@b.example',
    ]
    const issued = clientAuthority.issue({ name: 'orders', names })
    await using gateway = await guarded({ clientCertificates: 'require' })
    await ask(gateway.port, issued)
    const certificate = gateway.seen[0] as ClientCertificate
    const { fingerprint256, serialNumber, raw } = new X509Certificate(issued.cert)
    expect(certificate).toMatchObject({ fingerprint256, serialNumber })
    expect(certificate.subject).toBe('CN=orders')
    expect(certificate.issuer).toBe('CN=Clients CA')
    expect(certificate.subjectAltNames).toEqual([
      'DNS:orders.example.org',
      'URI:spiffe://example.org/orders',
      'IP Address:10.0.0.7',
      'email:a@b.example',
    ])
    expect(Buffer.from(certificate.der).equals(raw)).toBe(true)
    expect(certificate.validFrom).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/)
    expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now())
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now())
  })

  test.each([
    ['a comma and another name', 'URI:spiffe://example.org/a, URI:spiffe://example.org/admin'],
    ['quotes around it', 'URI:"spiffe://example.org/a", URI:spiffe://example.org/admin'],
    ['an escaped quote', 'URI:a\\", URI:spiffe://example.org/admin'],
    ['a backslash at its end', 'URI:a\\'],
    ['a line break', 'DNS:a\nURI:spiffe://example.org/admin'],
    ['a zero', 'DNS:admin\0.example.org'],
    ['what is no ASCII', 'DNS:ädmin.example.org'],
    ['a colon', 'URI:urn:a:b'],
    ['nothing', 'DNS:'],
  ])('a name with %s stays one name', async (_what, name) => {
    const issued = clientAuthority.issue({ name: 'forger', names: [name, 'DNS:last.example.org'] })
    await using gateway = await guarded({ clientCertificates: 'require' })
    expect(await ask(gateway.port, issued)).toBe(200)
    const names = gateway.seen[0]?.subjectAltNames ?? []
    expect(names).toHaveLength(2)
    expect(names[0]).toBe(name.startsWith('DNS:ä') ? Buffer.from(name).toString('latin1') : name)
    expect(names[1]).toBe('DNS:last.example.org')
  })

  test('one without alternative names has none, whatever its common name says', async () => {
    await using gateway = await guarded({ clientCertificates: 'require' })
    await ask(gateway.port, clientAuthority.issue({ name: 'x, DNS:admin.example.org\nO=Admins' }))
    expect(gateway.seen[0]?.subjectAltNames).toEqual([])
    expect(gateway.seen[0]?.subject.split('\n')).toHaveLength(1)
  })
})

/** Opens a connection, lets it serve a request, and takes its session. */
async function sessionOf(port: number, options: ConnectionOptions): Promise<Buffer> {
  const socket = await openTls(port, options)
  let session = socket.getSession() as Buffer
  // TLS 1.3 tells the session after the handshake.
  socket.on('session', (given: Buffer) => {
    session = given
  })
  using client = RawClient.over(socket)
  expect((await client.exchange(REQUEST)).status).toBe(200)
  return session
}

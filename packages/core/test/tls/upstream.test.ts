/**
 * TLS towards upstreams: whom the gateway believes, what it shows of itself, and what is said when it does not work out.
 *
 * Attack: somebody who answers in an upstream's place, with a certificate that is nobody's, another's, or over; a client
 * whose request makes the gateway verify another name than the upstream's.
 */
import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createGateway, type UpstreamOptions, type UpstreamTls } from '../../src/index.ts'
import { createTestGateway } from '../../src/testing.ts'
import { next, parse, plugin, thrownBy } from '../support.ts'
import { clientAuthority, foreignAuthority, serverAuthority, serverCertificate } from './secure.ts'
import { secureUpstream } from './secure-upstream.ts'

const ca = serverAuthority.cert
const gatewayCertificate = clientAuthority.issue({ name: 'gateway' })
const asksForCertificate = { requestCert: true, rejectUnauthorized: true, ca: clientAuthority.cert }

/** Asks a gateway once: the answer, and what its log says. */
async function ask(upstream: UpstreamOptions): Promise<{ status: number; body: string; log: string }> {
  await using gateway = await createTestGateway([], { upstream })
  const response = await gateway.fetch('/a')
  const body = await response.text()
  await gateway.finished(1)
  const log = gateway.logs.find(({ level }) => level === 'warn')?.message ?? ''
  return { status: response.status, body, log }
}

describe.each(['http1', 'http2'] as const)('%s', (protocol) => {
  test.each<[string, string, UpstreamTls, string | false]>([
    ['a name', 'localhost', { ca }, 'localhost'],
    ['an address', '127.0.0.1', { ca }, false],
    [
      'authorities as bytes, among others',
      'localhost',
      { ca: [foreignAuthority.cert, Buffer.from(ca)] },
      'localhost',
    ],
    ['a bundle of authorities', 'localhost', { ca: foreignAuthority.cert + ca }, 'localhost'],
    ['TLS 1.3 alone', 'localhost', { ca, minVersion: 'TLSv1.3' }, 'localhost'],
    ['no check', 'localhost', { verify: false }, 'localhost'],
  ])('believes: %s', async (_what, host, tls, servername) => {
    await using upstream = await secureUpstream(protocol)
    const { status, body } = await ask({ url: `https://${host}:${upstream.port}`, protocol, tls })
    expect(status).toBe(200)
    expect(parse(body)).toEqual({ servername, client: '', host: `${host}:${upstream.port}`, path: '/a' })
  })

  test('asks for, and verifies, the name that it is told', async () => {
    const certificate = serverCertificate({ names: ['DNS:orders.internal'] })
    await using upstream = await secureUpstream(protocol, certificate)
    const url = `https://127.0.0.1:${upstream.port}`
    const named = await ask({ url, protocol, tls: { ca, servername: 'orders.internal' } })
    expect(parse(named.body)).toMatchObject({ servername: 'orders.internal', host: url.slice(8) })
    const other = await ask({ url, protocol, tls: { ca, servername: 'other.internal' } })
    expect(other.status).toBe(502)
  })

  test.each<[string, Parameters<typeof serverCertificate>[0] | 'foreign', UpstreamTls, RegExp]>([
    ['an authority that is not known', {}, {}, /UNABLE_TO_VERIFY_LEAF_SIGNATURE\. .*tls\.ca/],
    ['another authority', 'foreign', { ca }, /tls\.ca/],
    [
      'another name',
      { names: ['DNS:other.example'] },
      { ca },
      /ERR_TLS_CERT_ALTNAME_INVALID\. .*tls\.servername/,
    ],
    ['a date that is over', { days: [-30, -1] }, { ca }, /CERT_HAS_EXPIRED\. Renew/],
    ['a date that is to come', { days: [1, 30] }, { ca }, /CERT_NOT_YET_VALID\. .*clocks/],
  ])('does not believe: %s', async (_what, subject, tls, message) => {
    const certificate =
      subject === 'foreign'
        ? foreignAuthority.issue({ name: 'server', names: ['DNS:localhost'] })
        : serverCertificate(subject)
    await using upstream = await secureUpstream(protocol, certificate)
    const { status, body, log } = await ask({ url: `https://localhost:${upstream.port}`, protocol, tls })
    expect(status).toBe(502)
    expect(parse(body)).toEqual({
      type: 'about:blank',
      title: expect.any(String) as string,
      status: 502,
      code: 'GW_UPSTREAM_TLS',
      exchangeId: expect.any(String) as string,
    })
    expect(body).not.toMatch(/localhost|CERT|other\.example/)
    expect(log).toMatch(message)
    expect(log).toContain(`https://localhost:${upstream.port}`)
  })

  test('shows its certificate to an upstream that asks for one', async () => {
    await using upstream = await secureUpstream(protocol, asksForCertificate)
    const url = `https://localhost:${upstream.port}`
    const { status, body } = await ask({ url, protocol, tls: { ca, ...gatewayCertificate } })
    expect(status).toBe(200)
    expect(parse(body)['client']).toBe('gateway')
  })

  test.each([
    ['none', {}],
    ['one of another authority', foreignAuthority.issue({ name: 'gateway' })],
  ])('to an upstream that asks for a certificate it shows %s: 502', async (_what, certificate) => {
    await using upstream = await secureUpstream(protocol, asksForCertificate)
    const url = `https://localhost:${upstream.port}`
    const { status, body } = await ask({ url, protocol, tls: { ca, ...certificate } })
    expect(status).toBe(502)
    // Node as a server cuts a connection whose certificate it does not believe, without an alert.
    expect(parse(body)['code']).toMatch(/^GW_UPSTREAM_(?:TLS|RESET)$/)
  })

  test('an upstream whose TLS is too old: 502', async () => {
    await using upstream = await secureUpstream(protocol, { maxVersion: 'TLSv1.2' })
    const tls = { ca, minVersion: 'TLSv1.3' } as const
    const { status, body, log } = await ask({ url: `https://localhost:${upstream.port}`, protocol, tls })
    expect([status, parse(body)['code']]).toEqual([502, 'GW_UPSTREAM_TLS'])
    expect(log).toContain('tls.minVersion')
  })

  test('an upstream that speaks no TLS: 502', async () => {
    await using plain = await createTestGateway([])
    const { status, body, log } = await ask({ url: `https://localhost:${plain.port}`, protocol, tls: { ca } })
    expect([status, parse(body)['code']]).toEqual([502, 'GW_UPSTREAM_TLS'])
    expect(log).toMatch(/speaks? no|not speak TLS/)
  })

  test('an upstream that never finishes its handshake: 504', async () => {
    const silent = createServer((socket) => socket.resume().on('error', () => {}))
    await once(silent.listen(0, '127.0.0.1'), 'listening')
    const { port } = silent.address() as { port: number }
    const gateway = await createTestGateway([], {
      upstream: { url: `https://localhost:${port}`, protocol, tls: { ca } },
      timeouts: { connectMs: 50 },
    })
    const response = await gateway.fetch('/')
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      504,
      'GW_UPSTREAM_CONNECT_TIMEOUT',
    ])
    await gateway.close()
    // Its connections went with the gateway.
    await new Promise((resolve) => silent.close(resolve))
  })
})

test('an upstream without HTTP/2 that is said to speak it: 502, and what to do', async () => {
  await using upstream = await secureUpstream('http1')
  const url = `https://localhost:${upstream.port}`
  const { status, body, log } = await ask({ url, protocol: 'http2', tls: { ca } })
  expect([status, parse(body)['code']]).toEqual([502, 'GW_UPSTREAM_TLS'])
  expect(log).toMatch(/protocol to http1|HTTP version that its protocol says/)
})

test('an upstream of HTTP/2 alone that is spoken to in HTTP/1.1: 502', async () => {
  await using upstream = await secureUpstream('http2', { ALPNProtocols: ['h2'] })
  const { status, body } = await ask({ url: `https://localhost:${upstream.port}`, tls: { ca } })
  expect(status).toBe(502)
  expect(parse(body)['code']).toMatch(/^GW_UPSTREAM_/)
})

describe('a Host that a plugin sets', () => {
  const setsHost = plugin('sets-host', ({ hooks }) => {
    hooks.onRoute.tap((route) =>
      route.hooks.mapUpstreamRequest.tap((exchange) => {
        exchange.upstreamRequestHeaders.push('host', exchange.authority)
      }),
    )
  })

  test('does not change whose certificate is believed, nor open connections', async () => {
    const certificate = serverCertificate({ names: ['DNS:localhost'] })
    await using upstream = await secureUpstream('http1', certificate)
    const url = `https://localhost:${upstream.port}`
    await using gateway = await createTestGateway([setsHost], { upstream: { url, tls: { ca } } })
    for (const host of ['a.example', 'b.example', 'a.example']) {
      const response = await requestAs(gateway.port, host)
      expect(response).toMatchObject({ host, servername: 'localhost' })
    }
    expect(upstream.connections).toHaveLength(1)
  })

  test('does not make an impostor of another name believable', async () => {
    const certificate = serverCertificate({ names: ['DNS:impostor.example'] })
    await using upstream = await secureUpstream('http1', certificate)
    for (const host of ['localhost', '127.0.0.1']) {
      const url = `https://${host}:${upstream.port}`
      await using gateway = await createTestGateway([setsHost], { upstream: { url, tls: { ca } } })
      expect(await requestAs(gateway.port, 'impostor.example')).toMatchObject({ code: 'GW_UPSTREAM_TLS' })
    }
  })
})

describe('WebSocket', () => {
  test.each(['http1', 'http2'] as const)(
    'through an endpoint of %s, with certificates both ways',
    async (protocol) => {
      await using upstream = await secureUpstream('http1', asksForCertificate)
      const tls = { ca, ...gatewayCertificate }
      const url = `https://localhost:${upstream.port}`
      await using gateway = await createTestGateway([], { upstream: { url, protocol, tls } })
      const client = new WebSocket(`ws://127.0.0.1:${gateway.port}/`)
      await once(client, 'open')
      client.send('hello')
      expect(String((await once(client, 'message'))[0])).toBe('echo hello')
      client.close()
      await once(client, 'close')
    },
  )

  test('an upstream that is not believed: 502', async () => {
    await using upstream = await secureUpstream('http1')
    const url = `https://localhost:${upstream.port}`
    await using gateway = await createTestGateway([], { upstream: { url } })
    const client = new WebSocket(`ws://127.0.0.1:${gateway.port}/`)
    const [request, response] = (await once(client, 'unexpected-response')) as [
      ClientRequest,
      IncomingMessage,
    ]
    expect(response.statusCode).toBe(502)
    request.destroy()
  })
})

describe('material that cannot be used stops the start, and a reload', () => {
  test.each<[string, UpstreamTls, RegExp]>([
    ['authorities that are none', { ca: 'x' }, /ca has no certificate/],
    ['a certificate that is none', { ca, cert: 'x', key: gatewayCertificate.key }, /cannot be used/],
    ['a key that is none', { ca, cert: gatewayCertificate.cert, key: 'secret' }, /cannot be used/],
    ['a key of another certificate', { ca, ...gatewayCertificate, key: serverCertificate().key }, /mismatch/],
    ['a certificate without a key', { ca, cert: gatewayCertificate.cert }, /cert and key belong together/],
  ])('%s', async (_what, tls, message) => {
    const options = { upstream: { url: 'https://localhost:1', tls }, logger: false } as const
    const thrown = thrownBy(() => createGateway([], options))
    expect(thrown).toMatchObject({ code: 'GW_OPTIONS_INVALID' })
    expect(String(thrown)).toMatch(message)
    expect(String(thrown)).not.toMatch(/BEGIN|secret/)
    const gateway = createGateway([], { upstream: 'http://127.0.0.1:1', logger: false })
    await expect(gateway.reload([], options)).rejects.toMatchObject({ code: 'GW_OPTIONS_INVALID' })
    expect(gateway.stats().generation).toBe(1)
    await gateway.close()
  })
})

async function requestAs(port: number, host: string): Promise<Record<string, unknown>> {
  const sent = request({ port, host: '127.0.0.1', headers: { host } }).end()
  const response = await next<IncomingMessage>(sent, 'response')
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return parse(text)
}

/** What a reload does to TLS connections: new material opens new ones, the same keeps those that stand, none are left over. */
import { describe, expect, test } from 'vitest'
import type { UpstreamTls } from '../../src/index.ts'
import { createTestGateway, type TestGateway, until } from '../../src/testing.ts'
import { clientAuthority, foreignAuthority, serverAuthority } from './secure.ts'
import { type SecureUpstream, secureUpstream } from './secure-upstream.ts'

const ca = serverAuthority.cert
const asksForCertificate = { requestCert: true, rejectUnauthorized: true, ca: clientAuthority.cert }
const first = clientAuthority.issue({ name: 'first' })
const second = clientAuthority.issue({ name: 'second' })

async function client(gateway: TestGateway): Promise<string> {
  const response = await gateway.fetch('/')
  return ((await response.json()) as { client?: string; code: string }).client ?? String(response.status)
}

function open(upstream: SecureUpstream): number {
  return upstream.connections.filter((socket) => !socket.closed).length
}

describe.each(['http1', 'http2'] as const)('%s', (protocol) => {
  const upstreamAt = (port: number, tls: UpstreamTls) => ({
    upstream: { url: `https://localhost:${port}`, protocol, tls },
  })

  test('a new certificate is shown from the reload on, and the old connections go', async () => {
    await using upstream = await secureUpstream(protocol, asksForCertificate)
    await using gateway = await createTestGateway([], upstreamAt(upstream.port, { ca, ...first }))
    expect(await client(gateway)).toBe('first')
    await gateway.reload([], upstreamAt(upstream.port, { ca, ...second }))
    expect(await client(gateway)).toBe('second')
    await until(() => open(upstream) === 1, 'the old connection to close')
  })

  test('an authority that is no longer believed is no longer believed', async () => {
    await using upstream = await secureUpstream(protocol)
    await using gateway = await createTestGateway([], upstreamAt(upstream.port, { ca }))
    expect((await gateway.fetch('/')).status).toBe(200)
    await gateway.reload([], upstreamAt(upstream.port, { ca: foreignAuthority.cert }))
    expect((await gateway.fetch('/')).status).toBe(502)
    await gateway.reload([], upstreamAt(upstream.port, { ca, servername: 'other.example' }))
    expect((await gateway.fetch('/')).status).toBe(502)
    await gateway.reload([], upstreamAt(upstream.port, { ca }))
    expect((await gateway.fetch('/')).status).toBe(200)
  })

  test('the same material keeps the connection, however it is given', async () => {
    await using upstream = await secureUpstream(protocol, asksForCertificate)
    const forms: UpstreamTls[] = [
      { ca, cert: first.cert, key: first.key },
      { key: first.key, cert: first.cert, ca },
      { ca: Buffer.from(ca), cert: Buffer.from(first.cert), key: Buffer.from(first.key) },
      { ca: [new TextEncoder().encode(ca)], cert: first.cert, key: Buffer.from(first.key) },
      { ca, ...first, verify: undefined, servername: undefined },
    ]
    await using gateway = await createTestGateway([], upstreamAt(upstream.port, forms[0] as UpstreamTls))
    for (const tls of forms) {
      await gateway.reload([], upstreamAt(upstream.port, tls))
      expect(await client(gateway)).toBe('first')
    }
    expect(upstream.connections).toHaveLength(1)
  })

  test('failed handshakes and reloads leave no connections behind', async () => {
    await using upstream = await secureUpstream(protocol, asksForCertificate)
    const good = upstreamAt(upstream.port, { ca, ...first })
    const bad = [{}, { ca }, { ca, ...foreignAuthority.issue({ name: 'x' }) }, { ca: foreignAuthority.cert }]
    await using gateway = await createTestGateway([], good)
    for (const tls of [...bad, ...bad]) {
      await gateway.reload([], upstreamAt(upstream.port, tls))
      const answers = await Promise.all([1, 2, 3].map(() => gateway.fetch('/')))
      expect(answers.map(({ status }) => status)).toEqual([502, 502, 502])
    }
    await gateway.reload([], good)
    expect(await client(gateway)).toBe('first')
    await until(() => open(upstream) === 1, 'all but one connection to be closed')
    expect(gateway.gateway.stats()).toMatchObject({ inFlight: 0, liveGenerations: 1 })
  })
})

/** Which listener an exchange came by, whatever its connection speaks. */
import { createServer } from 'node:http'
import { describe, expect, test } from 'vitest'
import type { ListenOptions } from '../../src/index.ts'
import { createTestGateway, type TestGateway } from '../../src/testing.ts'
import { Http2Client } from '../http2/peers.ts'
import { onFreePort } from '../support.ts'
import { openHttp2, openTls, requestHttp2, serverCertificate } from '../tls/secure.ts'
import { version1 } from './proxy-headers.ts'
import { RawClient } from './raw-client.ts'

const REQUEST = 'GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n'
const PUBLIC: ListenOptions = { port: 0, name: 'public' }

/** The names that exchanges gave, once there are as many as asked for. */
async function names(gateway: TestGateway, count: number): Promise<string[]> {
  await gateway.finished(count)
  return gateway.exchanges.map(({ listener }) => listener)
}

async function sendOver(client: RawClient, text: string | Buffer): Promise<void> {
  client.socket.write(text)
  await client.response()
  client.socket.destroy()
}

describe('the name of a listener', () => {
  test('is told by what comes over HTTP/1.1 and HTTP/2, and differs between two listeners', async () => {
    await using gateway = await createTestGateway([])
    const open = await gateway.gateway.listen(PUBLIC)
    const inner = await gateway.gateway.listen({ port: 0, name: 'inner' })
    for (const { port, url } of [open, inner]) {
      await sendOver(await RawClient.open(port), REQUEST)
      using client = new Http2Client(url)
      await client.send('/a')
    }
    expect(await names(gateway, 4)).toEqual(['public', 'public', 'inner', 'inner'])
  })

  test('is told over TLS, too', async () => {
    await using gateway = await createTestGateway([])
    const { port } = await gateway.gateway.listen({ ...PUBLIC, tls: serverCertificate() })
    await sendOver(RawClient.over(await openTls(port)), REQUEST)
    const session = await openHttp2(port)
    await requestHttp2(session)
    session.destroy()
    expect(await names(gateway, 2)).toEqual(['public', 'public'])
  })

  test('is told behind a PROXY header, with TLS and without', async () => {
    await using gateway = await createTestGateway([])
    const proxyProtocol = { from: ['127.0.0.0/8'] }
    const { port } = await gateway.gateway.listen({ ...PUBLIC, proxyProtocol })
    const header = version1('TCP4 203.0.113.9 192.0.2.1 1234 443')
    await sendOver(await RawClient.open(port), Buffer.concat([header, Buffer.from(REQUEST)]))
    const secure = await gateway.gateway.listen({ ...PUBLIC, proxyProtocol, tls: serverCertificate() })
    const carrier = await RawClient.open(secure.port)
    carrier.socket.write(header)
    await sendOver(RawClient.over(await openTls(secure.port, { socket: carrier.socket })), REQUEST)
    expect(await names(gateway, 2)).toEqual(['public', 'public'])
    expect(gateway.exchanges[1]?.clientAddress).toBe('203.0.113.9')
  })

  test('is told of what node:http makes no request of', async () => {
    await using gateway = await createTestGateway([])
    const { port } = await gateway.gateway.listen(PUBLIC)
    await sendOver(await RawClient.open(port), 'GET /a HTTP/1.1\r\nHost localhost\r\n\r\n')
    expect(await names(gateway, 1)).toEqual(['public'])
  })

  test("is empty without one, in a host's server, and where nothing listens", async () => {
    await using gateway = await createTestGateway([])
    await gateway.gateway.listen(PUBLIC)
    await using host = await onFreePort(createServer(gateway.gateway.handler))
    await (await gateway.fetch('/a')).text()
    await (await fetch(`http://127.0.0.1:${host.port}/a`)).text()
    await (await gateway.gateway.fetch('http://orders/a')).text()
    expect(await names(gateway, 3)).toEqual(['', '', ''])
  })

  test.each(['a b', 'ü', 'a'.repeat(65)])('is refused when it is %j', async (name) => {
    await using gateway = await createTestGateway([])
    await expect(gateway.gateway.listen({ port: 0, name })).rejects.toMatchObject({
      code: 'GW_OPTIONS_INVALID',
    })
  })
})

/** Endpoints whose host was resolved by a plugin: connections go to the address, the name stays who is meant. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttp2Server, createSecureServer } from 'node:http2'
import { createServer as createTls } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createGateway, definePlugin, type EndpointOptions } from '../../src/index.ts'
import { serverAuthority, serverCertificate } from '../tls/secure.ts'

/** Leads everything to one endpoint. */
function leadTo(url: string, options: EndpointOptions) {
  return definePlugin({
    name: 'lead',
    version: '1.0.0',
    api: '1.0',
    fault: 'transform',
    setup(gateway) {
      const endpoint = gateway.endpoint(url, options)
      const route = gateway.addRoute({ id: 'all', endpoint })
      gateway.hooks.pickRoute.tap(() => route)
    },
  })()
}

function echo(request: IncomingMessage, response: ServerResponse): void {
  response.end(String(request.headers.host ?? request.headers[':authority']))
}

async function serve<TServer extends Server>(server: TServer) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      ;(server as { closeAllConnections?: () => void }).closeAllConnections?.()
      server.close()
    },
  }
}

const at = { address: '127.0.0.1' }

describe.each(['http1', 'http2'] as const)('over %s', (protocol) => {
  test('Host is that of the URL', async () => {
    const server = protocol === 'http1' ? createServer(echo) : createHttp2Server(echo as never)
    await using upstream = await serve(server)
    const url = `http://orders.internal:${upstream.port}`
    const gateway = createGateway([leadTo(url, { ...at, protocol })], { logger: false })
    expect(await (await gateway.fetch('http://any/')).text()).toBe(`orders.internal:${upstream.port}`)
    await gateway.close()
  })

  test('the certificate must be that of the name', async () => {
    const settings = { ...serverCertificate({ names: ['DNS:orders.internal'] }) }
    const server =
      protocol === 'http1' ? createTls(settings, echo) : createSecureServer(settings, echo as never)
    await using upstream = await serve(server)
    for (const [host, status] of [
      ['orders.internal', 200],
      ['other.internal', 502],
      ['127.0.0.1', 502],
    ] as const) {
      const options = { ...at, protocol, tls: { ca: serverAuthority.cert } }
      const plugins = [leadTo(`https://${host}:${upstream.port}`, options)]
      const gateway = createGateway(plugins, { logger: false })
      expect((await gateway.fetch('http://any/')).status).toBe(status)
      await gateway.close()
    }
  })
})

test('an address that is none stops the start', () => {
  const plugins = [leadTo('http://orders.internal', { address: 'localhost' })]
  expect(() => createGateway(plugins, { logger: false })).toThrow('which is not an IP address')
})

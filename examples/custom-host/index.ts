/** All three plugins in a node:http server of your own: the gateway gets `/api`, everything else stays yours. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGateway, type GatewayOptions } from '@postern/core'
import { auth } from '@postern/plugin-auth'
import { routing } from '@postern/plugin-routing'
import { trace } from '@postern/plugin-trace'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

/** Starts the host and one service behind it. The host publishes the keys of its tokens itself, at `/jwks`. */
export async function start(options: GatewayOptions = {}, jwksPath = '/jwks') {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'host', alg: 'ES256' }] })
  const orders = await serve((request, response) => response.end(`orders got ${request.url}\n`))

  const host = await serve((request, response) => {
    if (request.url?.startsWith('/api/')) return gateway.handler(request, response)
    if (request.url === '/jwks') return response.end(keys)
    if (request.url !== '/ready') return response.writeHead(404).end()
    const { ready, reasons } = gateway.readiness()
    return response.writeHead(ready ? 200 : 503).end(ready ? 'ready\n' : `${reasons.join('\n')}\n`)
  })
  const jwt = {
    issuer: host.url,
    audience: 'host',
    algorithms: ['ES256' as const],
    jwksUrl: host.url + jwksPath,
  }
  const routes = [{ id: 'orders', match: { path: '/api/orders' }, to: 'orders', stripPrefix: true }]
  const services = { orders: { owner: 'team-checkout', endpoints: [orders.url] } }
  const gateway = createGateway([trace(), auth({ jwt: [jwt] }), routing({ services, routes })], options)

  const token = await new SignJWT({ iss: host.url, aud: 'host', sub: 'ada' })
    .setProtectedHeader({ alg: 'ES256', kid: 'host' })
    .setExpirationTime('1h')
    .sign(privateKey)
  // The server first: a gateway that is closed cannot forward what still comes in.
  const close = async () => {
    await host.close()
    await gateway.close()
    await orders.close()
  }
  return { url: host.url, token, close }
}

async function serve(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, close: () => new Promise((resolve) => server.close(resolve)) }
}

if (process.argv[1] === import.meta.filename) {
  const { url, token } = await start()
  console.log(`curl -i ${url}/ready\ncurl -i ${url}/api/orders/7 -H 'authorization: Bearer ${token}'`)
}

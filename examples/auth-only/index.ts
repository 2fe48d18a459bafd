/** plugin-auth in front of one service: 401 without a token, the service's answer with one. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGateway, type GatewayOptions } from '@postern/core'
import { auth } from '@postern/plugin-auth'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

/** Starts a service, an issuer of tokens, and the gateway in front of the service. */
export async function start(options: GatewayOptions = {}) {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'example', alg: 'ES256' }] }
  const issuer = await serve((_request, response) => response.end(JSON.stringify(keys)))
  const service = await serve((request, response) =>
    response.end(`hello ${String(request.headers['x-caller'])}\n`),
  )

  const gateway = createGateway(
    [
      auth({
        jwt: [{ issuer: issuer.url, audience: 'example', algorithms: ['ES256'], jwksUrl: issuer.url }],
        identityHeaders: { subject: 'x-caller' },
      }),
    ],
    { upstream: service.url, ...options },
  )
  const { url } = await gateway.listen({ port: 0 })
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: 'example' })
    .setIssuer(issuer.url)
    .setAudience('example')
    .setSubject('ada')
    .setExpirationTime('1h')
    .sign(privateKey)
  return { url, token, close: () => Promise.all([gateway.close(), service.close(), issuer.close()]) }
}

async function serve(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, close: () => new Promise((resolve) => server.close(resolve)) }
}

if (process.argv[1] === import.meta.filename) {
  const { url, token } = await start()
  console.log(`curl -i ${url}/\ncurl -i ${url}/ -H 'authorization: Bearer ${token}'`)
}

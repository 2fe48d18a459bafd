import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { OAuth2Server } from 'oauth2-mock-server'
import { Provider } from 'oidc-provider'

/** A real identity provider over HTTP, asked as a client would ask it. */
export interface IdentityProvider {
  readonly issuer: string
  /** A token for the audience `https://gateway`, by the grant client_credentials. */
  token(): Promise<string>
  /** Signs with a new key from now on, and still publishes the old one. */
  rotate(): Promise<void>
  /** Goes down. */
  stop(): Promise<void>
  /** Comes back where it was. */
  start(): Promise<void>
}

export const AUDIENCE = 'https://gateway'

async function requestToken(endpoint: string, form: Record<string, string>): Promise<string> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('svc-orders:secret')}`, connection: 'close' },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...form }),
  })
  const answer = (await response.json()) as { access_token?: string; error_description?: string }
  const { access_token: token, error_description: reason } = answer
  if (token === undefined) throw new Error(`The identity provider answered ${response.status}: ${reason}.`)
  return token
}

/** oauth2-mock-server. */
export async function startMockServer(): Promise<IdentityProvider> {
  const server = new OAuth2Server()
  let { kid } = await server.issuer.keys.generate('ES256')
  await server.start(0, '127.0.0.1')
  const { port } = server.address()
  const issuer = server.issuer.url as string
  server.service.on('beforeTokenSigning', (token: { payload: Record<string, unknown> }) => {
    Object.assign(token.payload, { sub: 'svc-orders', aud: AUDIENCE })
  })
  return {
    issuer,
    token: async () => {
      // Its keys take turns. A provider that rotated signs with the newest.
      for (;;) {
        const token = await requestToken(`${issuer}/token`, {})
        const header = JSON.parse(Buffer.from(token.split('.')[0] as string, 'base64url').toString()) as {
          kid?: string
        }
        if (header.kid === kid) return token
      }
    },
    rotate: async () => {
      ;({ kid } = await server.issuer.keys.generate('ES256'))
    },
    stop: () => server.stop(),
    start: () => server.start(port, '127.0.0.1'),
  }
}

/** oidc-provider, with access tokens that are JWTs (RFC 9068). */
export async function startOidcProvider(): Promise<IdentityProvider> {
  const keys: JWK[] = []
  let answer: RequestListener = (_, response) => response.writeHead(503).end()
  const server = createServer((request, response) => answer(request, response))
  await listen(server, 0)
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  const rotate = async (): Promise<void> => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    keys.unshift({ ...(await exportJWK(privateKey)), kid: `key-${keys.length}`, alg: 'ES256', use: 'sig' })
    answer = new Provider(issuer, configuration(keys)).callback()
  }
  await rotate()
  return {
    issuer,
    token: () => requestToken(`${issuer}/token`, { resource: AUDIENCE, scope: 'orders.read' }),
    rotate,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
    start: () => listen(server, port),
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
}

function configuration(keys: readonly JWK[]): object {
  return {
    clients: [
      {
        client_id: 'svc-orders',
        client_secret: 'secret',
        id_token_signed_response_alg: 'ES256',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    jwks: { keys },
    cookies: { keys: ['only for this test'] },
    scopes: ['orders.read'],
    ttl: { ClientCredentials: 600 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        getResourceServerInfo: () => ({
          scope: 'orders.read',
          audience: AUDIENCE,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  }
}

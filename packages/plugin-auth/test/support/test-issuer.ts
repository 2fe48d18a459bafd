import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

/** How the endpoint behaves. */
export type Behaviour =
  | 'up'
  | 'broken'
  | 'cut'
  | 'stalled'
  | 'garbage'
  | 'huge'
  | 'redirect'
  | 'not-a-set'
  | 'half'

export interface TestKey {
  readonly alg: string
  readonly kid: string | undefined
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
}

export interface TokenChanges {
  readonly key?: TestKey
  readonly claims?: Record<string, unknown>
  readonly header?: Record<string, unknown>
  readonly expiresInS?: number
  /** Leave `exp` out. */
  readonly eternal?: boolean
}

/** Makes a key pair and its public JWK. */
export async function makeKey(alg = 'ES256', kid: string | undefined = `kid-${nextKid++}`): Promise<TestKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const publicJwk: JWK = { ...(await exportJWK(publicKey)), alg, use: 'sig' }
  if (kid !== undefined) publicJwk.kid = kid
  return { alg, kid, privateKey, publicJwk }
}
let nextKid = 1

/** An identity provider on a real socket, with keys that rotate and an endpoint that misbehaves on demand. */
export class TestIssuer {
  readonly url: string
  behaviour: Behaviour = 'up'
  /** What the key set endpoint publishes. */
  published: JWK[] = []
  /** What discovery says; changed by tests of discovery. */
  discovery: Record<string, unknown>
  /** Requests for the key set. */
  fetches = 0
  key: TestKey
  readonly #server: Server

  private constructor(server: Server, key: TestKey) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    this.discovery = { issuer: this.url, jwks_uri: `${this.url}/jwks` }
    this.key = key
    this.published = [key.publicJwk]
  }

  static async start(alg = 'ES256', port = 0): Promise<TestIssuer> {
    const key = await makeKey(alg)
    const server = createServer((request, response) => issuer.#answer(request.url ?? '', response))
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    const issuer = new TestIssuer(server, key)
    return issuer
  }

  /** Publishes a new key in place of the old ones. */
  async rotate(alg = 'ES256', kid?: string): Promise<TestKey> {
    this.key = await makeKey(alg, kid)
    this.published = [this.key.publicJwk]
    return this.key
  }

  /** A token that a gateway with audience `gateway` accepts, unless changed. */
  async sign({
    key = this.key,
    claims = {},
    header = {},
    expiresInS = 300,
    eternal = false,
  }: TokenChanges = {}): Promise<string> {
    const nowS = Math.floor(Date.now() / 1_000)
    const payload = {
      iss: this.url,
      aud: 'gateway',
      sub: 'svc-orders',
      scope: 'orders.read orders.write',
      jti: String(nextToken++),
      ...(eternal ? {} : { exp: nowS + expiresInS }),
      ...claims,
    }
    const kid = key.kid === undefined ? {} : { kid: key.kid }
    return new SignJWT(payload).setProtectedHeader({ alg: key.alg, ...kid, ...header }).sign(key.privateKey)
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #answer(path: string, response: ServerResponse): void {
    if (path === '/.well-known/openid-configuration') return void response.end(JSON.stringify(this.discovery))
    if (path === '/elsewhere') return void response.end(JSON.stringify({ keys: this.published }))
    this.fetches += 1
    const body = JSON.stringify({ keys: this.published })
    switch (this.behaviour) {
      case 'up':
        return void response.end(body)
      case 'broken':
        return void response.writeHead(500).end('broken')
      case 'cut':
        return void response.destroy()
      case 'stalled':
        return
      case 'garbage':
        return void response.end('<html>')
      case 'not-a-set':
        return void response.end('{"ok":true}')
      case 'huge':
        return void response.end(JSON.stringify({ keys: this.published, padding: 'x'.repeat(300_000) }))
      case 'redirect':
        return void response.writeHead(302, { location: '/elsewhere' }).end()
      case 'half':
        response.writeHead(200, { 'content-length': String(body.length) })
        response.write(body.slice(0, 10))
        setTimeout(() => response.destroy(), 10)
        return
    }
  }
}
let nextToken = 1

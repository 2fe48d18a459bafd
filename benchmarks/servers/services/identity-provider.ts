/** The identity provider whose tokens `postern-full` verifies. */
import { createServer, type Server } from 'node:http'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { TOKEN } from '../../scenarios.ts'
import type { Idp } from '../messages.ts'
import { listen } from '../serve.ts'

/** Publishes one key, and signs one token with it. */
export async function startProvider(): Promise<{ server: Server; idp: Idp }> {
  const { publicKey, privateKey } = await generateKeyPair(TOKEN.algorithm)
  const key = { ...(await exportJWK(publicKey)), kid: TOKEN.keyId, alg: TOKEN.algorithm, use: 'sig' }
  const keys = JSON.stringify({ keys: [key] })
  const server = createServer((req, res) => {
    const found = req.url === TOKEN.jwksPath
    res.writeHead(found ? 200 : 404, { 'content-type': 'application/json' }).end(found ? keys : '{}')
  })
  const issuer = await listen(server)
  return {
    server,
    idp: { issuer, jwksUrl: issuer + TOKEN.jwksPath, token: await signToken(privateKey, issuer) },
  }
}

function signToken(key: CryptoKey, issuer: string): Promise<string> {
  return new SignJWT({ scope: 'orders.read stock.read' })
    .setProtectedHeader({ alg: TOKEN.algorithm, kid: TOKEN.keyId, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(TOKEN.audience)
    .setSubject(TOKEN.subject)
    .setIssuedAt()
    .setExpirationTime(TOKEN.lifetime)
    .sign(key)
}

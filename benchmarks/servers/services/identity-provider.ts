/** The identity provider whose tokens `postern-full` verifies. */
import { writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import type { Scenario } from '../../scenario.ts'
import { TOKEN, tokensOf } from '../../scenarios.ts'
import type { Idp } from '../messages.ts'
import { listen } from '../serve.ts'

/** Publishes one key, and signs one token and the scenario's pool with it. */
export async function startProvider(
  scenario: Scenario,
  folder: string,
): Promise<{ server: Server; idp: Idp }> {
  const pool = tokensOf(scenario)
  const algorithm = pool?.algorithm ?? TOKEN.algorithm
  const { publicKey, privateKey } = await generateKeyPair(algorithm)
  const key = { ...(await exportJWK(publicKey)), kid: TOKEN.keyId, alg: algorithm, use: 'sig' }
  const keys = JSON.stringify({ keys: [key] })
  const server = createServer((req, res) => {
    const found = req.url === TOKEN.jwksPath
    res.writeHead(found ? 200 : 404, { 'content-type': 'application/json' }).end(found ? keys : '{}')
  })
  const issuer = await listen(server)
  const sign = (id: string): Promise<string> => signToken(privateKey, algorithm, issuer, id)
  const token = await sign('proof')
  const tokensFile = join(folder, 'tokens')
  if (pool) {
    const signed = await Promise.all(Array.from({ length: pool.count }, (_, id) => sign(String(id))))
    await writeFile(tokensFile, signed.join('\n'))
  }
  const idp = { issuer, jwksUrl: issuer + TOKEN.jwksPath, token, publicKey: await exportSPKI(publicKey) }
  return { server, idp: pool ? { ...idp, tokensFile } : idp }
}

function signToken(key: CryptoKey, alg: string, issuer: string, id: string): Promise<string> {
  return new SignJWT({ scope: 'orders.read stock.read' })
    .setProtectedHeader({ alg, kid: TOKEN.keyId, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(TOKEN.audience)
    .setSubject(TOKEN.subject)
    .setJti(id)
    .setIssuedAt()
    .setExpirationTime(TOKEN.lifetime)
    .sign(key)
}

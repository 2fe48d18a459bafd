/** A development identity provider: it signs a token for whoever asks. **Never run such a thing outside your machine.** */
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { sendJson, serve } from './child.ts'
import { SERVICES } from './services.ts'

const ALL_SCOPES = SERVICES.map(({ scope }) => scope).join(' ')
const { privateKey, publicKey } = await generateKeyPair('ES256')
const jwk = { ...(await exportJWK(publicKey)), kid: 'quickstart', alg: 'ES256', use: 'sig' }

const issuer: string = await serve(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
  if (pathname === '/jwks') return sendJson(response, 200, { keys: [jwk] })
  if (pathname !== '/token') return sendJson(response, 404, { error: 'There are /token and /jwks' })
  const token = await new SignJWT({ scope: searchParams.get('scope') ?? ALL_SCOPES })
    .setProtectedHeader({ alg: 'ES256', kid: jwk.kid })
    .setIssuer(issuer)
    .setAudience('quickstart')
    .setSubject(searchParams.get('sub') ?? 'you')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey)
  response.writeHead(200, { 'content-type': 'text/plain' })
  response.end(token)
})

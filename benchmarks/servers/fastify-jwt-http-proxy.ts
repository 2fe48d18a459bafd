/** @fastify/jwt with a fixed public key in front of @fastify/http-proxy, its cache as large as Postern's. */
import proxy from '@fastify/http-proxy'
import jwt from '@fastify/jwt'
import fastify from 'fastify'
import { HOST, IDLE_CONNECTION_MS, TOKEN, tokensOf, UPSTREAM_CONNECTIONS } from '../scenarios.ts'
import { scenarioOf, serve, upstreamOf } from './serve.ts'
import { tokenCache } from './token-cache.ts'

await serve(async (params) => {
  const { url, idp } = upstreamOf(params)
  const { maxEntries, maxAgeMs } = tokenCache(params)
  const app = fastify({ logger: false, keepAliveTimeout: IDLE_CONNECTION_MS, forceCloseConnections: true })
  await app.register(jwt, {
    secret: { public: idp.publicKey },
    verify: {
      algorithms: [tokensOf(scenarioOf(params))?.algorithm ?? TOKEN.algorithm],
      allowedIss: idp.issuer,
      allowedAud: TOKEN.audience,
      cache: maxEntries,
      cacheTTL: maxAgeMs,
    },
  })
  await app.register(proxy, {
    upstream: url,
    preHandler: (request, _reply, done) => {
      void request.jwtVerify().then(() => done(), done)
    },
    undici: { connections: UPSTREAM_CONNECTIONS, pipelining: 1 },
  })
  return { url: await app.listen({ host: HOST, port: 0 }), close: () => app.close() }
})

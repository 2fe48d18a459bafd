/** @fastify/http-proxy with its default client (undici) and without request logging. */
import proxy from '@fastify/http-proxy'
import fastify from 'fastify'
import { HOST, IDLE_CONNECTION_MS, UPSTREAM_CONNECTIONS } from '../scenarios.ts'
import { serve, upstreamOf } from './serve.ts'

await serve(async (params) => {
  const app = fastify({ logger: false, keepAliveTimeout: IDLE_CONNECTION_MS, forceCloseConnections: true })
  await app.register(proxy, {
    upstream: upstreamOf(params).url,
    undici: { connections: UPSTREAM_CONNECTIONS, pipelining: 1 },
  })
  return { url: await app.listen({ host: HOST, port: 0 }), close: () => app.close() }
})

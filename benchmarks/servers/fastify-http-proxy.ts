/** @fastify/http-proxy with its default client (undici), node:http2 towards HTTP/2, and without request logging. */
import proxy from '@fastify/http-proxy'
import fastify from 'fastify'
import { HOST, IDLE_CONNECTION_MS, UPSTREAM_CONNECTIONS } from '../scenarios.ts'
import { scenarioOf, serve, upstreamOf } from './serve.ts'

/** Its default is 1 MiB, although it streams. */
const MAX_BODY_BYTES = 100_000_000

await serve(async (params) => {
  const { wire } = scenarioOf(params)
  const app = fastify({
    logger: false,
    keepAliveTimeout: IDLE_CONNECTION_MS,
    forceCloseConnections: true,
    bodyLimit: MAX_BODY_BYTES,
    // Its types tie the protocol to the type of the app, on which nothing here depends.
    ...((wire === 'http2-http1' || wire === 'http2-http2' ? { http2: true } : {}) as object),
  })
  await app.register(proxy, {
    upstream: upstreamOf(params).url,
    websocket: wire === 'websocket',
    ...(wire === 'http2-http2'
      ? { http2: true }
      : { undici: { connections: UPSTREAM_CONNECTIONS, pipelining: 1 } }),
  })
  return { url: await app.listen({ host: HOST, port: 0 }), close: () => app.close() }
})

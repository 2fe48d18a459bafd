/** fast-proxy with its undici client, the faster of the two that it offers; with node:http2 towards an HTTP/2 upstream. */
import fastProxy from 'fast-proxy'
import { UPSTREAM_CONNECTIONS } from '../scenarios.ts'
import { serveHandler } from './handler.ts'
import { scenarioOf, serve, upstreamOf } from './serve.ts'

await serve(async (params) => {
  const proxy = fastProxy({
    base: upstreamOf(params).url,
    ...(scenarioOf(params).wire === 'http2-http2'
      ? { http2: true }
      : { undici: { connections: UPSTREAM_CONNECTIONS, pipelining: 1 } }),
  })
  return serveHandler(params, {
    request: (req, res) => proxy.proxy(req, res, req.url ?? '/'),
    close: () => proxy.close(),
  })
})

/** fast-proxy with its undici client, the faster of the two that it offers. */
import { createServer } from 'node:http'
import fastProxy from 'fast-proxy'
import { UPSTREAM_CONNECTIONS } from '../scenarios.ts'
import { listen, serve, shut, upstreamOf } from './serve.ts'

await serve(async (params) => {
  const proxy = fastProxy({
    base: upstreamOf(params).url,
    undici: { connections: UPSTREAM_CONNECTIONS, pipelining: 1 },
  })
  const server = createServer((req, res) => proxy.proxy(req, res, req.url ?? '/'))
  return {
    url: await listen(server),
    close: () => {
      shut(server)
      proxy.close()
    },
  }
})

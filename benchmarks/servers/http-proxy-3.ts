/** http-proxy-3 with a keep-alive agent: its default opens a connection per request. */
import { Agent, ServerResponse } from 'node:http'
import { createProxyServer } from 'http-proxy-3'
import { UPSTREAM_CONNECTIONS } from '../scenarios.ts'
import { serveHandler } from './handler.ts'
import { serve, upstreamOf } from './serve.ts'

await serve(async (params) => {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: UPSTREAM_CONNECTIONS,
    maxFreeSockets: UPSTREAM_CONNECTIONS,
  })
  const proxy = createProxyServer({ target: upstreamOf(params).url, agent })
  proxy.on('error', (_error, _req, res) => {
    if (res instanceof ServerResponse && !res.headersSent) res.writeHead(502).end()
    else res.destroy()
  })
  return serveHandler(params, {
    request: (req, res) => proxy.web(req, res),
    upgrade: (req, socket, head) => proxy.ws(req, socket, head),
    close: () => agent.destroy(),
  })
})

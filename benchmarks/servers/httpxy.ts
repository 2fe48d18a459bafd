/** httpxy with a keep-alive agent as large as the other contenders'. */
import { Agent } from 'node:http'
import { createProxyServer } from 'httpxy'
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
  return serveHandler(params, {
    request: (req, res) => {
      proxy.web(req, res).catch(() => {
        if (res.headersSent) res.destroy()
        else res.writeHead(502).end()
      })
    },
    upgrade: (req, socket, head) => {
      proxy.ws(req, socket, {}, head).catch(() => socket.destroy())
    },
    close: () => agent.destroy(),
  })
})

/** httpxy with a keep-alive agent as large as the other contenders'. */
import { Agent, createServer } from 'node:http'
import { createProxyServer } from 'httpxy'
import { UPSTREAM_CONNECTIONS } from '../scenarios.ts'
import { listen, serve, shut, upstreamOf } from './serve.ts'

await serve(async (params) => {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: UPSTREAM_CONNECTIONS,
    maxFreeSockets: UPSTREAM_CONNECTIONS,
  })
  const proxy = createProxyServer({ target: upstreamOf(params).url, agent })
  const server = createServer((req, res) => {
    proxy.web(req, res).catch(() => {
      if (res.headersSent) res.destroy()
      else res.writeHead(502).end()
    })
  })
  return {
    url: await listen(server),
    close: () => {
      shut(server)
      agent.destroy()
    },
  }
})

/** The floor of WebSockets: an upgrade answered by hand, and two sockets that are piped into each other. */
import { createServer, type IncomingMessage, request } from 'node:http'
import type { Duplex } from 'node:stream'
import { listen, serve, shut, upstreamOf } from './serve.ts'

await serve(async (params) => {
  const { url } = upstreamOf(params)
  const server = createServer((_req, res) => res.writeHead(426, ['content-length', '0']).end())
  server.on('upgrade', (req, client, head) => tunnel(url, req, client, head))
  return { url: await listen(server), close: () => shut(server) }
})

/** `Connection` and `Upgrade` pass: they are what is asked for. */
function tunnel(url: string, req: IncomingMessage, client: Duplex, early: Buffer): void {
  client.on('error', () => client.destroy())
  const asked = request(new URL(req.url ?? '/', url), { headers: req.rawHeaders, agent: false })
  asked.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n'))
  asked.on('response', (res) => {
    client.write(headOf(res, ['connection', 'close']))
    res.pipe(client)
  })
  asked.on('upgrade', (res, upstream, first) => {
    client.write(headOf(res, res.rawHeaders))
    if (first.length > 0) client.write(first)
    if (early.length > 0) upstream.write(early)
    client.pipe(upstream).pipe(client)
    upstream.on('error', () => client.destroy())
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  asked.end()
}

function headOf(res: IncomingMessage, headers: readonly string[]): string {
  let head = `HTTP/1.1 ${res.statusCode} ${res.statusMessage}\r\n`
  for (let i = 0; i + 1 < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`
  return `${head}\r\n`
}

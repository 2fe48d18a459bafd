/**
 * The floor of cleartext HTTP/2 on both legs, gRPC included: the stream API of node:http2 on either side, one session to
 * the upstream. Bodies and trailers pass, both directions wait for a slow reader, a cut travels both ways.
 */
import { type ClientHttp2Session, connect, constants, type ServerHttp2Stream } from 'node:http2'
import { splitRequest } from './floor-http2-headers.ts'
import { listenOn, serve, upstreamOf } from './serve.ts'
import { streamServer } from './stream-server.ts'

const { NGHTTP2_CANCEL, NGHTTP2_FLAG_END_STREAM, NGHTTP2_INTERNAL_ERROR } = constants

await serve(async (params) => {
  const { url } = upstreamOf(params)
  let session = connect(url)
  const upstream = () => {
    if (session.closed || session.destroyed) session = connect(url)
    // Each open stream tells of a broken session itself.
    if (session.listenerCount('error') === 0) session.on('error', () => {})
    return session
  }
  const server = streamServer((stream, headers, flags, raw) => {
    forward(stream, raw, upstream(), {
      hasBody: (flags & NGHTTP2_FLAG_END_STREAM) === 0,
      trailers: headers['te'] === 'trailers',
    })
  })
  return {
    url: await listenOn(server),
    close: () => {
      server.close()
      session.destroy()
    },
  }
})

/** `trailers` says that the client takes them, as every gRPC client does: only then the end of the body waits for them. */
function forward(
  client: ServerHttp2Stream,
  raw: readonly string[],
  session: ClientHttp2Session,
  { hasBody, trailers }: { hasBody: boolean; trailers: boolean },
): void {
  const { line, headers } = splitRequest(raw)
  const pseudo = [':method', line.method, ':path', line.path, ':scheme', 'http', ':authority', line.authority]
  const head = [...pseudo, ...headers, ...(trailers ? ['te', 'trailers'] : [])]
  const upstream = session.request(head, { endStream: !hasBody })
  let last: NodeJS.Dict<string | string[]> = {}
  if (hasBody) client.pipe(upstream)
  upstream.on('response', (_headers, flags, answer) => {
    if ((flags & NGHTTP2_FLAG_END_STREAM) !== 0) client.respond(answer, { endStream: true })
    else client.respond(answer, { waitForTrailers: trailers })
  })
  upstream.on('trailers', (fields) => {
    last = fields
  })
  client.on('wantTrailers', () => client.sendTrailers(last))
  upstream.pipe(client)
  upstream.on('error', () => {})
  client.on('error', () => {})
  upstream.on('close', () => {
    if (client.closed) return
    if (!client.headersSent) client.respond([':status', '502', 'content-length', '0'], { endStream: true })
    else if (upstream.rstCode !== 0) client.close(NGHTTP2_INTERNAL_ERROR)
  })
  client.on('close', () => {
    if (!upstream.closed) upstream.close(NGHTTP2_CANCEL)
  })
}

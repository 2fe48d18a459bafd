/**
 * The floor of cleartext HTTP/2 on both legs, gRPC included: the stream API of node:http2 on either side, one session to
 * the upstream. Bodies and trailers pass, both directions wait for a slow reader, a cut travels both ways.
 */
import {
  type ClientHttp2Session,
  connect,
  constants,
  type Http2Stream,
  type ServerHttp2Stream,
} from 'node:http2'
import { splitRequest } from './floor-http2-headers.ts'
import { listenOn, serve, upstreamOf } from './serve.ts'
import { streamServer } from './stream-server.ts'

const { NGHTTP2_CANCEL, NGHTTP2_FLAG_END_STREAM } = constants

await serve(async (params) => {
  const { url } = upstreamOf(params)
  let session = open(url)
  const server = streamServer((stream, headers, flags, raw) => {
    if (session.closed || session.destroyed) session = open(url)
    const hasBody = (flags & NGHTTP2_FLAG_END_STREAM) === 0
    forward(stream, raw, session, hasBody, headers['te'] === 'trailers')
  })
  return {
    url: await listenOn(server),
    close: () => {
      server.close()
      session.destroy()
    },
  }
})

function open(url: string): ClientHttp2Session {
  // Each open stream tells of a broken session itself.
  return connect(url).on('error', () => {})
}

/** `trailers`: the client takes them, as every gRPC client does. Only then the end of the body waits for them. */
function forward(
  client: ServerHttp2Stream,
  raw: readonly string[],
  session: ClientHttp2Session,
  hasBody: boolean,
  trailers: boolean,
): void {
  const { line, headers } = splitRequest(raw)
  const pseudo = [':method', line.method, ':path', line.path, ':scheme', 'http', ':authority', line.authority]
  if (trailers) headers.push('te', 'trailers')
  const upstream = session.request([...pseudo, ...headers], { endStream: !hasBody })
  let last: NodeJS.Dict<string | string[]> = {}
  if (hasBody) flow(client, upstream)
  flow(upstream, client)
  upstream.on('response', (_headers, flags, head) => {
    const endStream = (flags & NGHTTP2_FLAG_END_STREAM) !== 0
    client.respond(head, endStream ? { endStream } : { waitForTrailers: trailers })
  })
  upstream.on('trailers', (fields) => {
    last = fields
  })
  client.on('wantTrailers', () => client.sendTrailers(last))
  // 'close' follows, and says the same.
  upstream.on('error', () => {})
  client.on('error', () => {})
  upstream.on('close', () => {
    if (client.closed) return
    if (!client.headersSent) client.respond([':status', '502', 'content-length', '0'], { endStream: true })
    // `close` would end the body first: a cut answer must not look complete.
    else if (upstream.rstCode !== 0) client.destroy(new Error('the upstream broke off'))
  })
  client.on('close', () => {
    if (!upstream.closed) upstream.close(NGHTTP2_CANCEL)
  })
}

/** One direction of bodies. */
function flow(from: Http2Stream, to: Http2Stream): void {
  let drains = false
  from.on('data', (chunk: Buffer) => {
    if (to.write(chunk)) return
    from.pause()
    if (drains) return
    drains = true
    to.on('drain', () => from.resume())
  })
  from.on('end', () => {
    if (!to.writableEnded) to.end()
  })
}

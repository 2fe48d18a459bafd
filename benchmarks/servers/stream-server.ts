import { createServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'

/** Takes a request: the stream, its headers, the flags of the frame that brought them, and the headers as a flat list. */
type OnStream = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  flags: number,
  raw: readonly string[],
) => void

/** A server of cleartext HTTP/2. Node's types leave out which side a server's streams are on. */
export function streamServer(onStream: OnStream): Http2Server {
  const server = createServer()
  server.on('stream', (stream, headers, flags, raw) =>
    onStream(stream as ServerHttp2Stream, headers, flags, raw),
  )
  return server
}

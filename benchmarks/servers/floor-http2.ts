/**
 * The floor of cleartext HTTP/2 towards the client and HTTP/1.1 towards the upstream: the stream API of node:http2, and
 * undici. As correct as `floor.ts`, and as bare.
 */
import { constants, type ServerHttp2Stream } from 'node:http2'
import { type Dispatcher, Pool } from 'undici'
import { UPSTREAM_CONNECTIONS } from '../scenarios.ts'
import { endToEndOf, namedIn } from './floor-headers.ts'
import { splitRequest, withStatus } from './floor-http2-headers.ts'
import { Upload } from './floor-http2-upload.ts'
import { listenOn, serve, upstreamOf } from './serve.ts'
import { streamServer } from './stream-server.ts'

type Controller = Dispatcher.DispatchController

/** Moves one answer from undici to a stream. */
class Forward implements Dispatcher.DispatchHandler {
  readonly #stream: ServerHttp2Stream
  #controller: Controller | null = null
  #finished = false
  #gone = false
  #drains = false

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream
    // 'close' follows, and says the same.
    stream.on('error', () => {})
    stream.on('close', () => this.#onClientClose())
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    if (this.#gone) controller.abort(new Error('the client is gone'))
  }

  onResponseStart(controller: Controller, status: number, headers: { connection?: string | string[] }): void {
    if (status < 200) return
    const named = namedIn(headers.connection?.toString())
    this.#stream.respond(withStatus(status, endToEndOf(controller.rawHeaders, named)))
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#stream.write(chunk)) return
    controller.pause()
    if (this.#drains) return
    this.#drains = true
    this.#stream.on('drain', () => controller.resume())
  }

  onResponseEnd(): void {
    this.#finished = true
    this.#stream.end()
  }

  onResponseError(): void {
    this.#finished = true
    if (this.#gone) return
    // `close` would end the body first: a cut answer must not look complete.
    if (this.#stream.headersSent) this.#stream.destroy(new Error('the upstream broke off'))
    else this.#stream.respond([':status', '502', 'content-length', '0'], { endStream: true })
  }

  #onClientClose(): void {
    if (this.#finished) return
    this.#gone = true
    this.#controller?.abort(new Error('the client is gone'))
  }
}

await serve(async (params) => {
  const pool = new Pool(upstreamOf(params).url, { connections: UPSTREAM_CONNECTIONS, pipelining: 1 })
  const server = streamServer((stream, _headers, flags, raw) => {
    const { line, headers } = splitRequest(raw)
    headers.push('host', line.authority)
    const hasBody = (flags & constants.NGHTTP2_FLAG_END_STREAM) === 0
    const { path, method } = line
    pool.dispatch(
      { path, method, headers, body: hasBody ? new Upload(stream) : null, reset: false },
      new Forward(stream),
    )
  })
  return {
    url: await listenOn(server),
    close: () => {
      server.close()
      return pool.destroy()
    },
  }
})

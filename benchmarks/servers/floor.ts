/**
 * The floor: what node:http and undici cost when nothing is added to them. It forwards correctly (no hop-by-hop header
 * passes, both directions wait for a slow reader, an abort travels both ways, a broken upstream is a 502) and has no feature.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Dispatcher, Pool } from 'undici'
import { UPSTREAM_CONNECTIONS } from '../scenarios.ts'
import { endToEnd, endToEndOf, namedIn } from './floor-headers.ts'
import { listen, serve, shut, upstreamOf } from './serve.ts'

type Controller = Dispatcher.DispatchController

/** Moves one answer from undici to the client. One class for all requests, so that every call site sees one shape. */
class Forward implements Dispatcher.DispatchHandler {
  readonly #res: ServerResponse
  #controller: Controller | null = null
  #finished = false
  #gone = false
  #drains = false

  constructor(res: ServerResponse) {
    this.#res = res
    res.on('close', () => this.#onClientClose())
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    if (this.#gone) controller.abort(new Error('the client is gone'))
  }

  onResponseStart(
    controller: Controller,
    status: number,
    headers: IncomingMessage['headers'],
    text?: string,
  ): void {
    if (status < 200) return
    const named = namedIn(headers.connection)
    this.#res.writeHead(status, text ?? '', endToEndOf(controller.rawHeaders, named))
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#res.write(chunk)) return
    controller.pause()
    if (this.#drains) return
    this.#drains = true
    this.#res.on('drain', () => controller.resume())
  }

  onResponseEnd(): void {
    this.#finished = true
    this.#res.end()
  }

  onResponseError(): void {
    this.#finished = true
    if (this.#gone) return
    if (this.#res.headersSent) this.#res.destroy()
    else this.#res.writeHead(502, ['content-length', '0']).end()
  }

  #onClientClose(): void {
    if (this.#finished) return
    this.#gone = true
    this.#controller?.abort(new Error('the client is gone'))
  }
}

await serve(async (params) => {
  const pool = new Pool(upstreamOf(params).url, { connections: UPSTREAM_CONNECTIONS, pipelining: 1 })
  const server = createServer((req, res) => {
    const request: Dispatcher.DispatchOptions = {
      path: req.url ?? '/',
      method: req.method ?? 'GET',
      headers: endToEnd(req.rawHeaders, namedIn(req.headers.connection)),
      body: hasBody(req) ? req : null,
      // Without it, undici closes the connection after each HEAD.
      reset: false,
    }
    pool.dispatch(request, new Forward(res))
  })
  return {
    url: await listen(server),
    close: () => {
      shut(server)
      return pool.destroy()
    },
  }
})

function hasBody(req: IncomingMessage): boolean {
  return req.headers['content-length'] !== undefined || req.headers['transfer-encoding'] !== undefined
}

/** The caller seat: an undici dispatcher inside the calling process. Guards, traces and routing without a hop. */
import { Readable } from 'node:stream'
import type { GatewayError } from '../errors.ts'
import { toFlatHeaders, toHeaderObject } from '../headers/list.ts'
import type { Flow, RequestBody, Sink } from '../seams.ts'
import { Agent, Dispatcher, Dispatcher1Wrapper, errors } from '../undici.ts'
import type { VirtualRequest } from './virtual-head.ts'

/** What the dispatcher does with a call: runs it through the gateway. */
export type RunCall = (request: VirtualRequest, origin: string, sink: CallSink) => void

/** A dispatcher that sends every call through a gateway. */
export class GatewayDispatcher extends Dispatcher {
  readonly #run: RunCall
  /** Upgrades (WebSocket) do not pass the gateway in this seat: they go straight to their target. */
  #direct: Agent | null = null
  /** Turns handlers of undici 6 and 7, as the built-in fetch of Node 22 and 24 hands over, into those of undici 8. */
  readonly #olderForm: Dispatcher1Wrapper = new Dispatcher1Wrapper(this)

  constructor(run: RunCall) {
    super()
    this.#run = run
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (typeof handler.onRequestStart !== 'function') return this.#olderForm.dispatch(options, handler)
    if (options.upgrade || options.method === 'CONNECT') {
      this.#direct ??= new Agent()
      return this.#direct.dispatch(options, handler)
    }
    const sink = new CallSink(handler)
    if (!URL.canParse(String(options.origin))) {
      sink.giveUp(new errors.InvalidArgumentError('Invalid origin: give the URL of the target'))
      return true
    }
    const origin = new URL(String(options.origin))
    if (!sink.begin()) return true
    this.#run(
      {
        seat: 'caller',
        method: options.method,
        scheme: origin.protocol.slice(0, -1),
        authority: origin.host,
        target: withQuery(options.path, options.query),
        headers: toFlatHeaders(options.headers as Parameters<typeof toFlatHeaders>[0]),
        body: toBody(options.body),
      },
      origin.origin,
      sink,
    )
    return true
  }

  /** Closes what belongs to the dispatcher alone; the gateway is closed by its owner. */
  override close(): Promise<void>
  override close(callback: () => void): void
  override close(callback?: () => void): Promise<void> | undefined {
    const closed = this.#direct?.close() ?? Promise.resolve()
    if (!callback) return closed
    void closed.then(callback)
    return undefined
  }

  /** Like `close`, but cuts direct connections. */
  override destroy(...args: unknown[]): Promise<void> {
    const callback = args.find((arg): arg is () => void => typeof arg === 'function')
    const destroyed = this.#direct?.destroy() ?? Promise.resolve()
    return callback ? destroyed.then(callback) : destroyed
  }
}

/** Gives a response to an undici handler. A handler that throws has given its call up, as it has in undici. */
export class CallSink implements Sink {
  flow: Flow | null = null
  #abortListener: (() => void) | null = null
  readonly #handler: Dispatcher.DispatchHandler
  readonly #control: CallControl
  #ended = false

  constructor(handler: Dispatcher.DispatchHandler) {
    this.#handler = handler
    this.#control = new CallControl(this)
  }

  /** Has a function called when the caller gives the call up. */
  whenAborted(listener: () => void): void {
    this.#abortListener = listener
  }

  /** Tells the handler that its call begins; false when it gave up at once. */
  begin(): boolean {
    try {
      this.#handler.onRequestStart?.(this.#control, null)
    } catch (thrown) {
      this.giveUp(thrown as Error)
    }
    return !this.#ended
  }

  /** As undici does it: the same callback, with a status below 200. */
  inform(status: number, headers: string[]): void {
    this.start(status, '', headers)
  }

  start(status: number, reason: string, headers: string[]): void {
    if (this.#ended) return
    this.#control.rawHeaders = headers.map((text) => Buffer.from(text, 'latin1'))
    try {
      this.#handler.onResponseStart?.(this.#control, status, toHeaderObject(headers), reason)
    } catch (thrown) {
      this.giveUp(thrown as Error)
    }
  }

  write(chunk: Uint8Array): boolean {
    if (this.#ended) return true
    try {
      this.#handler.onResponseData?.(this.#control, chunk as Buffer)
    } catch (thrown) {
      this.giveUp(thrown as Error)
    }
    return !this.#control.paused
  }

  end(trailers: readonly string[]): void {
    if (this.#ended) return
    this.#control.rawTrailers = trailers.map((text) => Buffer.from(text, 'latin1'))
    try {
      this.#handler.onResponseEnd?.(this.#control, toHeaderObject(trailers))
      this.#ended = true
    } catch (thrown) {
      this.giveUp(thrown as Error)
    }
  }

  abort(error: GatewayError): void {
    this.#fail(error)
  }

  /** The caller gives the call up. */
  giveUp(reason: Error = new errors.RequestAbortedError()): void {
    if (this.#ended) return
    this.#fail(reason)
    this.#abortListener?.()
  }

  #fail(reason: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#control.aborted = true
    this.#control.reason = reason
    this.#handler.onResponseError?.(this.#control, reason)
  }
}

/** What a handler holds of its call. */
class CallControl implements Dispatcher.DispatchController {
  rawHeaders: Buffer[] = []
  rawTrailers: Buffer[] = []
  paused = false
  aborted = false
  reason: Error | null = null
  readonly #sink: CallSink

  constructor(sink: CallSink) {
    this.#sink = sink
  }

  abort(reason: Error): void {
    this.#sink.giveUp(reason)
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    if (!this.paused) return
    this.paused = false
    const { flow } = this.#sink
    this.#sink.flow = null
    flow?.resume()
  }
}

/** Bodies as undici takes them become what the journey takes; what only undici understands (FormData) is left to it. */
function toBody(body: unknown): RequestBody {
  if (typeof body === 'string') return body === '' ? null : Buffer.from(body)
  if (typeof body !== 'object' || body === null) return null
  if (body instanceof Uint8Array) return body.length === 0 ? null : body
  if (body instanceof ArrayBuffer) return toBody(new Uint8Array(body))
  if (body instanceof Readable) return heard(body)
  if (isIterable(body)) return heard(Readable.from(body))
  return body as RequestBody
}

/** A stream that fails when nobody reads it (a guard refused the call) would end the process. */
function heard(body: Readable): Readable {
  return body.on('error', () => {})
}

/** What the built-in fetch hands over as a body. A FormData is iterable too, but not as bytes. */
function isIterable(body: object): body is AsyncIterable<unknown> {
  return Symbol.asyncIterator in body
}

function withQuery(path: string, query: Record<string, unknown> | undefined): string {
  if (!query) return path
  const pairs = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)])
  return `${path}${path.includes('?') ? '&' : '?'}${new URLSearchParams(pairs).toString()}`
}

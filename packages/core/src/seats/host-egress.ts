/**
 * The egress of the callee seat: the target is the host's own handler. What plugins changed is written to the request;
 * the response head is caught on its way out, so that `mapResponse` sees it; bodies flow past untouched.
 */
import type { IncomingMessage, OutgoingHttpHeader, ServerResponse } from 'node:http'
import { GatewayError } from '../errors.ts'
import { hasNoContent } from '../headers/response-head.ts'
import { checkHeaders } from '../node-http.ts'
import type { Egress, EgressControl, EgressRequest, Receiver, Sink } from '../seams.ts'
import { writeBack } from './host-request.ts'

type WriteHead = (status: number, reason: string | undefined, headers: string[]) => ServerResponse

/** One request on its way through the host; made per request. */
export class HostEgress implements Egress, EgressControl {
  /** Through what the gateway answers in place of a host that failed before its head; `null` while the host answers. */
  takenOver: ServerResponse | null = null
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  /** What writes to the client, whoever has the response in hand. */
  readonly #own: Pick<ServerResponse, 'write' | 'end'>
  readonly #next: () => void
  #writeHead: WriteHead | null = null
  /** Whether the head is one that node:http writes on its own, under the host's first `write` or `end`. */
  #isImplicit = false

  constructor(request: IncomingMessage, response: ServerResponse, next: () => void) {
    this.#request = request
    this.#response = response
    this.#own = { write: response.write.bind(response), end: response.end.bind(response) }
    this.#next = next
  }

  send(request: EgressRequest, receiver: Receiver): void {
    writeBack(this.#request, request)
    this.#catchHead(receiver)
    if (request.body !== null) countRequest(this.#request, receiver)
    this.#countResponse(receiver)
    this.#response.once('close', () => {
      if (this.#response.writableFinished) receiver.onEnd([])
      else
        receiver.onFailure(
          Object.assign(new Error('The response was closed before it was complete'), { code: 'ECONNRESET' }),
        )
    })
    receiver.onConnected(this)
    receiver.onRequestSent()
    try {
      this.#next()
    } catch (cause) {
      this.#takeOver()
      receiver.onFailure(new GatewayError('GW_UPSTREAM_RESET', { message: 'The host threw', cause }))
    }
  }

  /** Writes the head that stands on the exchange in place of the host's own. */
  writeHead(status: number, reason: string, headers: string[]): void {
    clearHeaders(this.#response)
    this.#writeHead?.(status, reason === '' ? undefined : reason, headers)
  }

  pause(): void {}

  resume(): void {}

  abort(): void {
    // Under an implicit head node:http is in the middle of writing the host's body: only a cut keeps it from the client.
    if (this.#response.headersSent || this.#isImplicit) this.#response.destroy()
    else this.#takeOver()
  }

  #catchHead(receiver: Receiver): void {
    const response = this.#response
    const original = response.writeHead.bind(response)
    this.#writeHead = original as unknown as WriteHead
    const catchHead = (status: number, ...rest: unknown[]): ServerResponse => {
      const reason = typeof rest[0] === 'string' ? rest[0] : ''
      const late = fromHost(typeof rest[0] === 'string' ? rest[1] : (rest[1] ?? rest[0]))
      // What node:http would refuse is refused here, under the host's call: nothing has happened yet.
      checkHeaders(late)
      response.writeHead = original
      this.#isImplicit = rest.length === 0
      // Headers given here win over those set before, as node:http does it.
      for (let i = 0; i < late.length; i += 2) response.removeHeader(late[i] as string)
      receiver.onHead(status, reason, [...setBefore(response), ...late])
      return response
    }
    override(response, 'writeHead', catchHead)
  }

  /** What the host writes is its own; the log and the figures want to know how much it was. */
  #countResponse(receiver: Receiver): void {
    const response = this.#response
    const { end, write } = this.#own
    const count = (chunk: unknown, encoding: unknown): void => {
      // node:http leaves a body out that the host writes for one of these.
      if (hasNoContent(this.#request.method, response.statusCode)) return
      if (typeof chunk === 'string')
        receiver.onUpstreamBytes(Buffer.byteLength(chunk, encoding as BufferEncoding))
      else if (chunk instanceof Uint8Array) receiver.onUpstreamBytes(chunk.length)
    }
    // Counted after the call: only then node:http has taken them, and knows the status.
    const countWrite = (...args: Parameters<typeof write>): boolean => {
      const isDrained = write(...args)
      count(args[0], args[1])
      return isDrained
    }
    const countEnd = (...args: Parameters<typeof end>): ServerResponse => {
      end(...args)
      count(args[0], args[1])
      return response
    }
    override(response, 'write', countWrite as typeof response.write)
    override(response, 'end', countEnd as typeof response.end)
  }

  /** The host's writes go nowhere from here: its answer would mix with the gateway's. */
  #takeOver(): void {
    const response = this.#response
    if (this.takenOver || response.headersSent) return
    const own: Readonly<Record<PropertyKey, unknown>> = {
      writeHead: this.#writeHead,
      ...this.#own,
    }
    clearHeaders(response)
    response.writeHead = () => response
    response.write = () => true
    response.end = () => response
    this.takenOver = new Proxy(response, {
      get: (target, key): unknown => own[key] ?? Reflect.get(target, key, target),
    })
  }
}

/** Answers in place of the host. */
export interface Refusals extends Sink {
  /** Writes to this response from here on. */
  answerThrough(response: ServerResponse): void
}

/** A sink that writes the host's response head; the body is the host's. */
export class HostSink implements Sink {
  flow = null
  readonly #refusals: Refusals
  #egress: HostEgress | null = null

  /** @param refusals where answers go that the gateway gives in place of the host. */
  constructor(refusals: Refusals) {
    this.#refusals = refusals
  }

  /** From here on the response is the host's. */
  handOver(egress: HostEgress): void {
    this.#egress = egress
  }

  /** The host sends its own. */
  inform(): void {}

  start(status: number, reason: string, headers: string[]): void {
    const response = this.#egress?.takenOver
    if (response) {
      this.#refusals.answerThrough(response)
      this.#egress = null
    }
    if (this.#egress) this.#egress.writeHead(status, reason, headers)
    else this.#refusals.start(status, reason, headers)
  }

  write(chunk: Uint8Array): boolean {
    return this.#egress ? true : this.#refusals.write(chunk)
  }

  end(trailers: readonly string[]): void {
    if (!this.#egress) this.#refusals.end(trailers)
  }

  abort(error: Parameters<Sink['abort']>[0]): void {
    this.#refusals.abort(error)
  }
}

/** Counts a request body as it arrives. A listener for it would set it flowing before the host wants it. */
function countRequest(request: IncomingMessage, receiver: Receiver): void {
  receiver.onClientBytes(request.readableLength)
  const push = request.push.bind(request)
  override(request, 'push', (chunk: unknown, encoding?: BufferEncoding) => {
    if (chunk instanceof Uint8Array) receiver.onClientBytes(chunk.length)
    return push(chunk, encoding)
  })
}

/** Puts a function in the place of a method. Not an assignment: V8 would make each an old object at once (decision 0010). */
function override<TTarget, TName extends keyof TTarget>(
  target: TTarget,
  name: TName,
  method: TTarget[TName],
): void {
  target[name] = method
}

function clearHeaders(response: ServerResponse): void {
  for (const name of response.getHeaderNames()) response.removeHeader(name)
}

/** What a host set before its head, in the case and order in which it did. */
function setBefore(response: ServerResponse): string[] {
  const flat: string[] = []
  for (const name of (response as ServerResponse & RawNames).getRawHeaderNames()) {
    pushLines(flat, name, response.getHeader(name))
  }
  return flat
}

interface RawNames {
  getRawHeaderNames(): string[]
}

/** What `writeHead` takes, flattened: an object, a flat array, or pairs; values may be numbers or lists. */
function fromHost(given: unknown): string[] {
  const flat: string[] = []
  if (Array.isArray(given)) {
    const pairs = Array.isArray(given[0])
      ? (given as [string, OutgoingHttpHeader][])
      : pairsOf(given as OutgoingHttpHeader[])
    for (const [name, value] of pairs) pushLines(flat, name, value)
  } else if (typeof given === 'object' && given !== null) {
    for (const [name, value] of Object.entries(given))
      pushLines(flat, name, value as OutgoingHttpHeader | undefined)
  }
  return flat
}

function pairsOf(flat: readonly OutgoingHttpHeader[]): [string, OutgoingHttpHeader][] {
  const pairs: [string, OutgoingHttpHeader][] = []
  for (let i = 0; i < flat.length; i += 2) pairs.push([String(flat[i]), flat[i + 1] as OutgoingHttpHeader])
  return pairs
}

function pushLines(flat: string[], name: string, value: OutgoingHttpHeader | undefined): void {
  if (Array.isArray(value)) for (const line of value) flat.push(name, line)
  else if (value !== undefined) flat.push(name, String(value))
}

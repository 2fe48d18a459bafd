/**
 * The egress of the callee seat: the target is the host's own handler. What plugins changed is written to the request;
 * the response head is caught on its way out, so that `mapResponse` sees it; bodies flow past untouched.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { toFlatHeaders } from '../headers/list.ts'
import type { Egress, EgressControl, EgressRequest, Receiver, Sink } from '../seams.ts'

type WriteHead = (status: number, reason: string | undefined, headers: string[]) => ServerResponse

/** One request on its way through the host; made per request. */
export class HostEgress implements Egress, EgressControl {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #next: () => void
  #writeHead: WriteHead | null = null

  constructor(request: IncomingMessage, response: ServerResponse, next: () => void) {
    this.#request = request
    this.#response = response
    this.#next = next
  }

  send(request: EgressRequest, receiver: Receiver): void {
    writeBack(this.#request, request)
    this.#catchHead(receiver)
    this.#response.once('close', () => {
      if (this.#response.writableFinished) receiver.onEnd([])
      else
        receiver.onFailure(
          Object.assign(new Error('The response was closed before it was complete'), { code: 'ECONNRESET' }),
        )
    })
    receiver.onConnected(this)
    receiver.onRequestSent()
    this.#next()
  }

  /** Writes the head that stands on the exchange in place of the host's own. */
  writeHead(status: number, reason: string, headers: string[]): void {
    for (const name of this.#response.getHeaderNames()) this.#response.removeHeader(name)
    this.#writeHead?.(status, reason === '' ? undefined : reason, headers)
  }

  pause(): void {}

  resume(): void {}

  abort(): void {
    this.#response.destroy()
  }

  #catchHead(receiver: Receiver): void {
    const response = this.#response
    const original = response.writeHead.bind(response)
    this.#writeHead = original
    response.writeHead = (status: number, ...rest: unknown[]): ServerResponse => {
      response.writeHead = original
      const reason = typeof rest[0] === 'string' ? rest[0] : ''
      const given = (typeof rest[0] === 'string' ? rest[1] : rest[0]) as Parameters<typeof toFlatHeaders>[0]
      // Headers given here win over those set before, as node:http does it.
      const late = toFlatHeaders(given)
      for (let i = 0; i < late.length; i += 2) response.removeHeader(late[i] as string)
      const early = toFlatHeaders(response.getHeaders() as Record<string, string>)
      receiver.onHead(status, reason, [...early, ...late])
      return response
    }
  }
}

/** A sink that writes the host's response head; the body is the host's. */
export class HostSink implements Sink {
  flow = null
  readonly #refusals: Sink
  #egress: HostEgress | null = null

  /** @param refusals where answers go that the gateway gives in place of the host. */
  constructor(refusals: Sink) {
    this.#refusals = refusals
  }

  /** From here on the response is the host's. */
  handOver(egress: HostEgress): void {
    this.#egress = egress
  }

  start(status: number, reason: string, headers: string[]): void {
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

/** What plugins made of the request headers becomes what the host reads. */
function writeBack(request: IncomingMessage, { headers }: EgressRequest): void {
  const before = request.headers
  const after: Record<string, string | string[] | undefined> = {}
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase()
    // Parsed by node:http already (lists joined, duplicates dropped by its rules); changed ones are plain.
    after[name] =
      before[name] !== undefined && unchanged(request.rawHeaders, headers, name)
        ? before[name]
        : headers[i + 1]
  }
  for (const name of [
    'host',
    'connection',
    'transfer-encoding',
    'expect',
    'upgrade',
    'te',
    'trailer',
  ] as const) {
    if (before[name] !== undefined) after[name] = before[name]
  }
  request.headers = after
  request.rawHeaders = rawFor(request.rawHeaders, headers)
}

function unchanged(before: readonly string[], after: readonly string[], lowerName: string): boolean {
  return valuesOf(before, lowerName) === valuesOf(after, lowerName)
}

function valuesOf(headers: readonly string[], lowerName: string): string {
  let values = ''
  for (let i = 0; i < headers.length; i += 2)
    if ((headers[i] as string).toLowerCase() === lowerName) values += `${headers[i + 1]}\n`
  return values
}

/** Raw headers for hosts that read those: the connection's own lines, then what the plugins left. */
function rawFor(before: readonly string[], after: readonly string[]): string[] {
  const raw: string[] = []
  for (let i = 0; i < before.length; i += 2) {
    if (
      /^(host|connection|keep-alive|transfer-encoding|expect|upgrade|te|trailer)$/i.test(before[i] as string)
    ) {
      raw.push(before[i] as string, before[i + 1] as string)
    }
  }
  return [...raw, ...after]
}

/** Requests that a plugin sends by itself: no exchange, no hooks, no place of an endpoint's concurrency. */
import type { Duplex } from 'node:stream'
import { GatewayError } from '../errors.ts'
import type { PluginRequest, PluginResponse } from '../plugin.ts'
import type { Endpoint } from '../route.ts'
import type { Egress, EgressControl, Receiver } from '../seams.ts'
import { mapUpstreamError } from './map-error.ts'

/** Those that run in one generation. Not a `Set`: see docs/decisions/0010-no-reordered-maps.md. */
export class OwnRequests {
  readonly #running: OwnRequest[] = []
  #closed = false

  /** Sends one. Rejects with a `GatewayError`; at once when the generation is closed. */
  send(egress: Egress, endpoint: Endpoint, request: PluginRequest): Promise<PluginResponse> {
    if (this.#closed) return Promise.reject(new GatewayError('GW_GATEWAY_CLOSING'))
    return new Promise((resolve, reject) => {
      const own = new OwnRequest(endpoint, request, resolve, reject, this.#forget)
      own.index = this.#running.push(own) - 1
      own.send(egress)
    })
  }

  /** Cuts those that run; none starts any more. */
  close(): void {
    this.#closed = true
    for (const own of this.#running.slice()) own.cancel(new GatewayError('GW_GATEWAY_CLOSING'))
  }

  readonly #forget = (own: OwnRequest): void => {
    const last = this.#running.pop() as OwnRequest
    if (last === own) return
    this.#running[own.index] = last
    last.index = own.index
  }
}

/** One of them: receives from an egress, and settles exactly once. */
class OwnRequest implements Receiver {
  /** Its place among those that run. */
  index = 0
  readonly #endpoint: Endpoint
  readonly #request: PluginRequest
  readonly #resolve: (response: PluginResponse) => void
  readonly #reject: (error: GatewayError) => void
  readonly #forget: (own: OwnRequest) => void
  readonly #timer: NodeJS.Timeout
  readonly #chunks: Uint8Array[] = []
  #control: EgressControl | null = null
  #connected = false
  #status = 0
  #headers: readonly string[] = []
  #bytes = 0
  /** Why it was given up, for a connection that is there only now; `null` while it runs. */
  #cancelled: GatewayError | null = null
  #over = false

  constructor(
    endpoint: Endpoint,
    request: PluginRequest,
    resolve: (response: PluginResponse) => void,
    reject: (error: GatewayError) => void,
    forget: (own: OwnRequest) => void,
  ) {
    this.#endpoint = endpoint
    this.#request = request
    this.#resolve = resolve
    this.#reject = reject
    this.#forget = forget
    this.#timer = setTimeout(() => this.cancel(this.#late()), request.timeoutMs).unref()
  }

  send(egress: Egress): void {
    const { method, path, headers = [], body = null } = this.#request
    const target = `${this.#endpoint.basePath}${path}`
    egress.send({ endpoint: this.#endpoint, method, target, headers: [...headers], body, upgrade: '' }, this)
  }

  /** Gives it up. */
  cancel(error: GatewayError): void {
    if (this.#over) return
    this.#fail(error)
    this.#cut(error)
  }

  onConnected(control: EgressControl): void {
    this.#connected = true
    this.#control = control
    if (this.#cancelled) control.abort(this.#cancelled)
  }

  onRequestSent(): void {}

  onInformation(): void {}

  onHead(status: number, _reason: string, headers: string[]): void {
    this.#status = status
    this.#headers = headers
  }

  onUpgrade(_protocol: string, _headers: string[], connection: Duplex): void {
    connection.destroy()
    this.cancel(new GatewayError('GW_UPSTREAM_BAD_RESPONSE', { message: 'A switch that nobody asked for' }))
  }

  onData(chunk: Uint8Array): void {
    if (this.#over) return
    const room = this.#request.maxBodyBytes - this.#bytes
    this.#chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk)
    this.#bytes += Math.min(chunk.length, room)
    if (chunk.length <= room) return
    this.#answer(true)
    this.#cut(new GatewayError('GW_UPSTREAM_BODY_CUT', { message: 'The body is longer than was asked for' }))
  }

  onEnd(): void {
    if (!this.#over) this.#answer(false)
  }

  onFailure(error: unknown): void {
    if (!this.#over) this.#fail(mapUpstreamError(error, this.#endpoint.origin, this.#status > 0))
  }

  #fail(error: GatewayError): void {
    this.#end()
    this.#reject(error)
  }

  #answer(truncated: boolean): void {
    this.#end()
    this.#resolve({
      status: this.#status,
      headers: this.#headers,
      body: Buffer.concat(this.#chunks),
      truncated,
    })
  }

  #end(): void {
    this.#over = true
    clearTimeout(this.#timer)
    this.#forget(this)
  }

  #cut(error: GatewayError): void {
    this.#cancelled = error
    this.#control?.abort(error)
  }

  /** Says what was waited for. */
  #late(): GatewayError {
    if (!this.#connected) return new GatewayError('GW_UPSTREAM_CONNECT_TIMEOUT')
    return new GatewayError(this.#status === 0 ? 'GW_UPSTREAM_HEADERS_TIMEOUT' : 'GW_UPSTREAM_IDLE_TIMEOUT')
  }
}

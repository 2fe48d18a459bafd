import type { Duplex } from 'node:stream'
import { GatewayError } from '../errors.ts'
import type { PluginRequest, PluginResponse } from '../plugin-request.ts'
import type { Egress, EgressControl, Receiver } from '../seams.ts'
import { MAX_DRAINED_BYTES } from './drain.ts'
import type { UpstreamEndpoint } from './endpoint.ts'
import { mapUpstreamError } from './map-error.ts'

/**
 * Requests that plugins make on their own account, outside of any exchange. None outlives its generation. Not a `Set`: see
 * docs/decisions/0010-garbage-dies-young.md.
 */
export class OwnRequests {
  readonly #egress: Egress
  readonly #running: OwnRequest[] = []
  #closed = false

  constructor(egress: Egress) {
    this.#egress = egress
  }

  /**
   * Sends one.
   * @throws {GatewayError} as a rejection: why the endpoint gave no answer, GW_UPSTREAM_TOTAL_TIMEOUT, GW_GATEWAY_CLOSING.
   */
  send(endpoint: UpstreamEndpoint, request: PluginRequest): Promise<PluginResponse> {
    if (this.#closed) return Promise.reject(new GatewayError('GW_GATEWAY_CLOSING'))
    return new Promise((resolve, reject) => {
      const own = new OwnRequest(endpoint.origin, request, (outcome) => {
        this.#forget(own)
        if (outcome instanceof GatewayError) reject(outcome)
        else resolve(outcome)
      })
      own.index = this.#running.push(own) - 1
      this.#egress.send(
        {
          endpoint,
          method: request.method,
          target: endpoint.basePath + request.path,
          headers: request.headers?.slice() ?? [],
          body: request.body ?? null,
          upgrade: '',
        },
        own,
      )
    })
  }

  /** Takes it out of those that run: the last takes its place. */
  #forget(own: OwnRequest): void {
    const last = this.#running.pop() as OwnRequest
    if (last === own) return
    this.#running[own.index] = last
    last.index = own.index
  }

  /** Gives up what runs. */
  close(): void {
    this.#closed = true
    for (const own of this.#running.slice()) own.cancel(new GatewayError('GW_GATEWAY_CLOSING'))
  }
}

/** One of them while it runs; it ends exactly once. */
class OwnRequest implements Receiver {
  /** Its place among those that run. */
  index = -1
  readonly #origin: string
  readonly #maxBodyBytes: number
  readonly #settle: (outcome: PluginResponse | GatewayError) => void
  readonly #timer: NodeJS.Timeout
  readonly #chunks: Uint8Array[] = []
  #control: EgressControl | null = null
  #done = false
  #status = 0
  #headers: readonly string[] = []
  #bytes = 0

  constructor(
    origin: string,
    { timeoutMs, maxBodyBytes = 0 }: PluginRequest,
    settle: (outcome: PluginResponse | GatewayError) => void,
  ) {
    this.#origin = origin
    this.#maxBodyBytes = maxBodyBytes
    this.#settle = settle
    const late = (): void => this.cancel(new GatewayError('GW_UPSTREAM_TOTAL_TIMEOUT'))
    this.#timer = setTimeout(late, timeoutMs).unref()
  }

  /** Gives it up. */
  cancel(error: GatewayError): void {
    if (this.#done) return
    this.#end(error)
    this.#control?.abort(error)
  }

  /** No host stands between. */
  onClientBytes(): void {}

  onUpstreamBytes(): void {}

  onConnected(control: EgressControl): void {
    this.#control = control
    if (this.#done) control.abort(new GatewayError('GW_GATEWAY_CLOSING'))
  }

  onRequestSent(): void {}

  onInformation(): void {}

  onHead(status: number, _reason: string, headers: string[]): void {
    this.#status = status
    this.#headers = headers
  }

  onUpgrade(_protocol: string, _headers: string[], connection: Duplex): void {
    connection.destroy()
    const message = 'A switch to a protocol that nobody asked for'
    this.cancel(new GatewayError('GW_UPSTREAM_BAD_RESPONSE', { message }))
  }

  onData(chunk: Uint8Array): void {
    if (this.#done) return
    const room = this.#maxBodyBytes - this.#bytes
    this.#bytes += chunk.length
    // A copy: a small piece must not hold the large buffer that it was read into.
    if (room > 0) this.#chunks.push(Uint8Array.from(chunk.subarray(0, room)))
    if (this.#bytes <= this.#maxBodyBytes + MAX_DRAINED_BYTES) return
    this.#end(this.#response())
    this.#control?.abort(new GatewayError('GW_UPSTREAM_BODY_CUT'))
  }

  onEnd(): void {
    this.#end(this.#response())
  }

  onFailure(error: unknown): void {
    this.#end(mapUpstreamError(error, this.#origin, this.#status > 0))
  }

  #response(): PluginResponse {
    return {
      status: this.#status,
      headers: this.#headers,
      body: Buffer.concat(this.#chunks),
      truncated: this.#bytes > this.#maxBodyBytes,
    }
  }

  #end(outcome: PluginResponse | GatewayError): void {
    if (this.#done) return
    this.#done = true
    clearTimeout(this.#timer)
    this.#settle(outcome)
  }
}

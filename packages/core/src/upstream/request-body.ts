import { Readable } from 'node:stream'
import { GatewayError } from '../errors.ts'
import { aliasOf, removeHeader } from '../headers/list.ts'
import { isForwarded } from '../headers/request-head.ts'
import { toTrailers } from '../headers/response-head.ts'
import type { BodyStream } from '../seams.ts'

/** Who is told that a request body moves. */
export interface BodyWatcher {
  /** Body bytes received so far. */
  requestBytes: number
  readonly running: { touch(): void } | null
}

/** A client's body as an egress gets it: it knows who is waited for. */
export abstract class UpstreamBody extends Readable implements BodyStream {
  /** Whether the upstream wants more and the client has sent nothing. */
  abstract readonly starved: boolean
  /** What the client said behind its body and an upstream may read. */
  abstract readonly rawTrailers: readonly string[]

  constructor() {
    super({ highWaterMark: 65_536 })
    // Destroyed with an error before anybody reads it, it would otherwise end the process.
    this.on('error', () => {})
  }
}

/**
 * A request body on its way to the upstream: counted, bounded, and with the knowledge of who is waited for. A plain
 * listener on the client's stream would set it flowing before a connection stands, and lose what came in between.
 */
export class MeteredBody extends UpstreamBody {
  starved = false
  readonly #source: BodyStream
  readonly #limitBytes: number
  readonly #watcher: BodyWatcher
  readonly #owned: boolean
  readonly #ownedHeaders: readonly string[]
  #attached = false

  /**
   * @param owned whether the source ends with this body; a client's request does not, it is still to be answered.
   * @param ownedHeaders headers of plugins: what a client says under their names is left out of its trailers, too.
   */
  constructor(
    source: BodyStream,
    limitBytes: number,
    watcher: BodyWatcher,
    owned: boolean,
    ownedHeaders: readonly string[],
  ) {
    super()
    this.#source = source
    this.#limitBytes = limitBytes
    this.#watcher = watcher
    this.#owned = owned
    this.#ownedHeaders = ownedHeaders
  }

  /** Some servers take trailers for headers. */
  get rawTrailers(): readonly string[] {
    const trailers = toTrailers(this.#source.rawTrailers ?? [])
    for (const name of this.#ownedHeaders) removeHeader(trailers, name, aliasOf)
    removeHeader(trailers, 'forwarded', isClaim)
    return trailers
  }

  /** The upstream took something. */
  touch(): void {
    this.#watcher.running?.touch()
  }

  override _read(): void {
    this.starved = true
    const ended = !this.#attached && this.#source.readableEnded
    if (!this.#attached) this.#attach()
    // A source that ended or failed before it was read says so no more.
    if (ended) this.#onEndBefore()
    else if (this.#source.destroyed) this.#onCut(this.#source.errored)
    else this.#source.resume()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (this.#attached) {
      this.#source.off('data', this.#onData)
      this.#source.off('end', this.#onEnd)
      this.#source.off('close', this.#onClose)
      // `error` stays: node:http looks for a listener a turn before it emits, and without one by then the process ends.
    }
    // A client's request is left flowing: what comes now is thrown away until the connection ends.
    if (this.#owned) this.#source.destroy()
    callback(error)
  }

  #attach(): void {
    this.#attached = true
    this.#source.on('data', this.#onData)
    this.#source.on('end', this.#onEnd)
    this.#source.on('error', this.#onCut)
    this.#source.on('close', this.#onClose)
  }

  readonly #onData = (chunk: Uint8Array): void => {
    this.starved = false
    this.#watcher.requestBytes += chunk.length
    this.#watcher.running?.touch()
    if (this.#watcher.requestBytes > this.#limitBytes) {
      this.destroy(new GatewayError('GW_REQ_BODY_TOO_LARGE'))
      return
    }
    if (!this.push(chunk)) this.#source.pause()
  }

  readonly #onEnd = (): void => {
    // node:http2 ends a stream that was reset without an error as if it were complete.
    if ((this.#source as { aborted?: boolean }).aborted === true) {
      this.destroy(new GatewayError('GW_REQ_BODY_ABORTED'))
      return
    }
    this.starved = false
    this.push(null)
  }

  /** node:http2 ends a body of no bytes unasked. Of any other, somebody else has the bytes. */
  #onEndBefore(): void {
    if (this.#source.readableDidRead) {
      const message = 'The request body was read before it could be sent'
      this.destroy(new GatewayError('GW_REQ_BODY_ABORTED', { message }))
    } else this.#onEnd()
  }

  readonly #onCut = (cause: unknown): void => {
    if (!this.readableEnded && !this.#source.readableEnded)
      this.destroy(new GatewayError('GW_REQ_BODY_ABORTED', { cause }))
  }

  readonly #onClose = (): void => this.#onCut(undefined)
}

/** Whether a name claims where a request came from. */
function isClaim(name: string, forwarded: string): boolean {
  return isForwarded(name) || aliasOf(name, forwarded)
}

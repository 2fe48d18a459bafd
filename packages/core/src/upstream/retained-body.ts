import type { KeptBody } from '../seams.ts'
import { type MeteredBody, UpstreamBody } from './request-body.ts'

/** How much of what was kept is handed to a connection at once. */
const REPLAY_CHUNK_BYTES = 65_536

/**
 * Keeps what was read of a client's body, up to a bound, so that another attempt can send it from its beginning and go on
 * with what the client still sends. Each attempt reads through a stream of its own: the one that fails destroys only that.
 */
export class RetainedBody implements KeptBody {
  readonly source: MeteredBody
  readonly #limitBytes: number
  #kept: Uint8Array | null = EMPTY
  #keptBytes = 0
  #complete = false
  #failure: Error | null = null
  #reader: AttemptBody | null = null
  #attached = false
  #last = false

  /** @param limitBytes what is kept at most; a body that turns out larger is not kept at all. */
  constructor(source: MeteredBody, limitBytes: number) {
    this.source = source
    this.#limitBytes = limitBytes
  }

  get replayable(): boolean {
    return this.#kept !== null && this.#failure === null
  }

  get whole(): Uint8Array | null {
    return this.#complete && this.#kept ? this.#kept.subarray(0, this.#keptBytes) : null
  }

  next(): AttemptBody {
    this.#reader?.destroy()
    this.#reader = new AttemptBody(this)
    return this.#reader
  }

  last(): void {
    this.#last = true
    if (!this.#reader || this.#reader.destroyed) this.source.destroy()
  }

  /** What was kept from a place on; `null` when a reader has had all of it. */
  keptFrom(offset: number): Uint8Array | null {
    if (!this.#kept || offset >= this.#keptBytes) return null
    return this.#kept.subarray(offset, Math.min(this.#keptBytes, offset + REPLAY_CHUNK_BYTES))
  }

  /** A reader has had all that was kept and wants more. */
  pull(reader: AttemptBody): void {
    if (reader !== this.#reader) return
    if (this.#failure) reader.destroy(this.#failure)
    else if (this.#complete) reader.push(null)
    else if (this.#attached) this.source.resume()
    else this.#attach()
  }

  /** A reader stopped. */
  left(reader: AttemptBody): void {
    if (reader !== this.#reader) return
    if (this.#last) this.source.destroy()
    else if (this.#attached) this.source.pause()
  }

  destroy(): void {
    this.#last = true
    this.#reader?.destroy()
    this.source.destroy()
  }

  #attach(): void {
    this.#attached = true
    this.source.on('data', (chunk: Uint8Array) => this.#onData(chunk))
    this.source.on('end', () => {
      this.#complete = true
      if (this.#reader && !this.#reader.destroyed) this.#reader.push(null)
    })
    this.source.on('error', (error) => {
      this.#failure = error
      this.#reader?.destroy(error)
    })
  }

  #onData(chunk: Uint8Array): void {
    this.#keep(chunk)
    if (!this.#reader?.accept(chunk)) this.source.pause()
  }

  /** Copied into one buffer: a client that sends a byte at a time would else make an object of each. */
  #keep(chunk: Uint8Array): void {
    if (!this.#kept) return
    const bytes = this.#keptBytes + chunk.length
    if (bytes > this.#limitBytes) {
      this.#kept = null
      return
    }
    if (bytes > this.#kept.length) {
      const larger = new Uint8Array(Math.min(this.#limitBytes, Math.max(bytes, 2 * this.#kept.length)))
      larger.set(this.#kept.subarray(0, this.#keptBytes))
      this.#kept = larger
    }
    this.#kept.set(chunk, this.#keptBytes)
    this.#keptBytes = bytes
  }
}

/** A retained body as one attempt reads it: first what was kept, then what the client still sends. */
class AttemptBody extends UpstreamBody {
  readonly #body: RetainedBody
  #offset = 0
  #wants = false

  constructor(body: RetainedBody) {
    super()
    this.#body = body
  }

  get starved(): boolean {
    return this.#wants && this.#body.source.starved
  }

  get rawTrailers(): readonly string[] {
    return this.#body.source.rawTrailers
  }

  /** Takes what the client just sent; false asks to wait. */
  accept(chunk: Uint8Array): boolean {
    this.#wants = false
    this.#offset += chunk.length
    return this.destroyed || this.push(chunk)
  }

  override _read(): void {
    const kept = this.#body.keptFrom(this.#offset)
    if (kept) {
      this.#offset += kept.length
      this.#body.source.touch()
      this.push(kept)
      return
    }
    this.#wants = true
    this.#body.pull(this)
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#body.left(this)
    callback(error)
  }
}

const EMPTY = new Uint8Array(0)

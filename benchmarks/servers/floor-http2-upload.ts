import type { ServerHttp2Stream } from 'node:http2'
import { Readable } from 'node:stream'

/** The request body of a stream. undici destroys a body that it has sent, and the stream itself still has the answer to give. */
export class Upload extends Readable {
  readonly #stream: ServerHttp2Stream

  constructor(stream: ServerHttp2Stream) {
    super({ highWaterMark: stream.readableHighWaterMark })
    this.#stream = stream
    stream.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) stream.pause()
    })
    stream.on('end', () => this.push(null))
    stream.on('close', () => {
      if (!stream.readableEnded) this.destroy(new Error('the client is gone'))
    })
  }

  override _read(): void {
    this.#stream.resume()
  }
}

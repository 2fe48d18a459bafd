/** Cuts a flow of bytes into lines, in one buffer of fixed size. */

/** How much is read at once. It stays in the processor's cache, so the search that follows meets no memory. */
const CHUNK_BYTES = 256 * 1024
/** The longest line that is looked at. A line of the access log has about one kibibyte. */
const MAX_LINE_BYTES = 1024 * 1024

const LINE_FEED = 0x0a

/** Gets a line without its end. */
export type OnLine = (line: string) => void

/**
 * A window on a file or stream that moves over it and hands out whole lines. With a needle only lines that contain it
 * are made into text: nothing is parsed that a plain search of bytes can pass over.
 */
export class LineWindow {
  /** Lines that were left out because they are too long. */
  longLines = 0
  readonly #buffer = Buffer.allocUnsafeSlow(MAX_LINE_BYTES + CHUNK_BYTES)
  readonly #needle: Buffer
  readonly #onLine: OnLine
  /** Bytes of a line whose end has not come yet; they stand at the start of the buffer. */
  #carried = 0
  /** Inside of a line that is too long. */
  #skips = false

  /** @param needle what a line must contain. */
  constructor(needle: string, onLine: OnLine) {
    this.#needle = Buffer.from(needle)
    this.#onLine = onLine
  }

  /** Where the next bytes belong. `filled` says how many came. */
  get free(): Buffer {
    return this.#buffer.subarray(this.#carried, this.#carried + CHUNK_BYTES)
  }

  /** So many bytes were written into `free`. */
  filled(count: number): void {
    const end = this.#carried + count
    let start = 0
    if (this.#skips) {
      const lineFeed = this.#buffer.subarray(0, end).indexOf(LINE_FEED)
      if (lineFeed === -1) return
      this.#skips = false
      start = lineFeed + 1
    }
    const whole = this.#buffer.subarray(0, end).lastIndexOf(LINE_FEED) + 1
    if (whole > start) this.#search(start, whole)
    this.#carry(Math.max(whole, start), end)
  }

  /** Bytes that come from elsewhere. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      const part = bytes.subarray(at, at + CHUNK_BYTES)
      this.free.set(part)
      this.filled(part.length)
    }
  }

  /** The source has ended; its last line need not have an end. */
  end(): void {
    if (this.#carried > 0) this.#search(0, this.#carried)
    this.#carried = 0
    this.#skips = false
  }

  #search(from: number, to: number): void {
    const region = this.#buffer.subarray(0, to)
    let start = from
    while (start < to) {
      const found = region.indexOf(this.#needle, start)
      if (found === -1) return
      const lineStart = region.lastIndexOf(LINE_FEED, found) + 1
      const lineFeed = region.indexOf(LINE_FEED, found)
      const lineEnd = lineFeed === -1 ? to : lineFeed
      this.#onLine(region.toString('utf8', Math.max(lineStart, from), lineEnd))
      start = lineEnd + 1
    }
  }

  #carry(start: number, end: number): void {
    const rest = end - start
    if (rest > MAX_LINE_BYTES) {
      this.longLines++
      this.#skips = true
      this.#carried = 0
      return
    }
    this.#buffer.copyWithin(0, start, end)
    this.#carried = rest
  }
}

/** Cuts a flow of bytes into OTLP requests in JSON, whether one stands on a line or over many. */

/** The largest request that is looked at: an exporter writes thousands of spans at once. */
const MAX_OBJECT_BYTES = 64 * 1024 * 1024

/** How a request begins, whatever it exports; none stands inside another. Collectors write all signals to one file if told so. */
const START = /^\{\s*"resource_?(?:spans|logs|metrics|profiles)"/i
/** As much is looked at to recognise one. */
const START_BYTES = 64

const LINE_FEED = 0x0a
const QUOTE = 0x22
const BACKSLASH = 0x5c
const LETTER_R = 0x72
const OPEN = 0x7b
const CLOSE = 0x7d

/** Whether a file or stream is OTLP in JSON: a request, or an array of them. */
export function isOtlp(start: Uint8Array): boolean {
  // The mark of UTF-8, where there is one, and an array's bracket.
  const text = textOf(start, 0, START_BYTES * 2).replace(/^(?:\xef\xbb\xbf)?[\s[]*/, '')
  return START.test(text)
}

function isStart(bytes: Uint8Array, at: number): boolean {
  // Nearly all braces are told apart by what follows, without making text.
  if (bytes[at + 1] === QUOTE && bytes[at + 2] !== LETTER_R) return false
  return START.test(textOf(bytes, at, START_BYTES))
}

function textOf(bytes: Uint8Array, from: number, count: number): string {
  const end = Math.min(bytes.length, from + count)
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).toString('latin1')
}

/**
 * Counts braces outside of strings; what stands between requests (line ends, commas, an array's brackets) is passed over. A
 * request that was cut, as by a crash of who wrote it, ends where the next one begins, or with the line within a string.
 */
export class ObjectWindow {
  /** Requests that were left out because they are too long. */
  longObjects = 0
  /** Requests that were cut. */
  cutObjects = 0
  readonly #onObject: (text: Buffer) => void
  #parts: Buffer[] = []
  #size = 0
  #depth = 0
  #inString = false
  #escaped = false

  constructor(onObject: (text: Buffer) => void) {
    this.#onObject = onObject
  }

  /** The next bytes. */
  push(bytes: Uint8Array): void {
    let start = this.#depth > 0 ? 0 : -1
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]
      if (this.#inString) {
        if (byte === LINE_FEED) {
          this.#giveUp()
          start = -1
        } else if (this.#escaped) this.#escaped = false
        else if (byte === BACKSLASH) this.#escaped = true
        else if (byte === QUOTE) this.#inString = false
      } else if (byte === QUOTE) {
        this.#inString = this.#depth > 0
      } else if (byte === OPEN) {
        if (this.#depth > 0 && isStart(bytes, i)) this.#giveUp()
        if (this.#depth++ === 0) start = i
      } else if (byte === CLOSE && this.#depth > 0 && --this.#depth === 0) {
        this.#keep(bytes.subarray(start, i + 1))
        this.#finish()
        start = -1
      }
    }
    if (start !== -1) this.#keep(bytes.subarray(start))
  }

  /** The source has ended. */
  end(): void {
    if (this.#depth > 0) this.#giveUp()
  }

  #keep(part: Uint8Array): void {
    this.#size += part.length
    if (this.#size <= MAX_OBJECT_BYTES) this.#parts.push(Buffer.from(part))
    else this.#parts = []
  }

  #finish(): void {
    if (this.#size <= MAX_OBJECT_BYTES) this.#onObject(Buffer.concat(this.#parts))
    else this.longObjects++
    this.#clear()
  }

  #giveUp(): void {
    this.cutObjects++
    this.#depth = 0
    this.#inString = false
    this.#escaped = false
    this.#clear()
  }

  #clear(): void {
    this.#parts = []
    this.#size = 0
  }
}

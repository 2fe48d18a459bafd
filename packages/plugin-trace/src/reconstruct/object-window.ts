/** Cuts a flow of bytes into JSON objects, whether one stands on a line or over many. */

/** The largest object that is looked at: an exporter writes thousands of spans at once. */
const MAX_OBJECT_BYTES = 64 * 1024 * 1024

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN = 0x7b
const CLOSE = 0x7d

/** Counts braces outside of strings; what stands between objects (line ends, commas, an array's brackets) is passed over. */
export class ObjectWindow {
  /** Objects that were left out because they are too long. */
  longObjects = 0
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
        if (this.#escaped) this.#escaped = false
        else if (byte === BACKSLASH) this.#escaped = true
        else if (byte === QUOTE) this.#inString = false
      } else if (byte === QUOTE) {
        this.#inString = this.#depth > 0
      } else if (byte === OPEN) {
        if (this.#depth++ === 0) start = i
      } else if (byte === CLOSE && this.#depth > 0 && --this.#depth === 0) {
        this.#keep(bytes.subarray(start, i + 1))
        this.#finish()
        start = -1
      }
    }
    if (start !== -1) this.#keep(bytes.subarray(start))
  }

  /** The source has ended. @returns whether an object was cut short. */
  end(): boolean {
    return this.#depth > 0
  }

  #keep(part: Uint8Array): void {
    this.#size += part.length
    if (this.#size <= MAX_OBJECT_BYTES) this.#parts.push(Buffer.from(part))
    else this.#parts = []
  }

  #finish(): void {
    if (this.#size <= MAX_OBJECT_BYTES) this.#onObject(Buffer.concat(this.#parts))
    else this.longObjects++
    this.#parts = []
    this.#size = 0
  }
}

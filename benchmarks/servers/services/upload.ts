/** A request body on its way in, held to the expected one byte by byte. */
export class Upload {
  readonly #expected: Buffer
  #received = 0
  #same = true

  constructor(expected: Buffer) {
    this.#expected = expected
  }

  /** The next piece. */
  take(chunk: Buffer): void {
    const end = this.#received + chunk.length
    this.#same &&= this.#expected.subarray(this.#received, end).equals(chunk)
    this.#received = end
  }

  /** Whether all of it came, and nothing else. */
  get complete(): boolean {
    return this.#same && this.#received === this.#expected.length
  }
}

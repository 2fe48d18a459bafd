/** How much of a response that nobody wants is read, so that its connection can be used again, and for how long. */
export const MAX_DRAINED_BYTES = 65_536
const MAX_DRAIN_MS = 1_000

/** The rest of a response that nobody gets: read within bounds, since a connection for each would make an outage worse. */
export class Drain {
  readonly #over: (isWhole: boolean) => void
  readonly #timer: NodeJS.Timeout
  #bytes = 0
  #isOver = false

  /** @param over called once: whether the response came to its end, or is too much to be read. */
  constructor(over: (isWhole: boolean) => void) {
    this.#over = over
    this.#timer = setTimeout(() => this.end(false), MAX_DRAIN_MS).unref()
  }

  /** A piece came. */
  take(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > MAX_DRAINED_BYTES) this.end(false)
  }

  /** Nothing more comes, or is to come. */
  end(isWhole: boolean): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#over(isWhole)
  }
}

/**
 * Ends a connection of HTTP/2 that has had no streams for a while. Not `session.setTimeout`: node:http2 forgets to clear that
 * timer when the session is destroyed, and it holds the session until it fires.
 */
export class IdleTimer {
  readonly #timer: NodeJS.Timeout
  #streams = 0

  /** @param onIdle called after `idleMs` without streams; `stop` ends that. */
  constructor(idleMs: number, onIdle: () => void) {
    this.#timer = setTimeout(() => {
      if (this.#streams === 0) onIdle()
    }, idleMs).unref()
  }

  /** A stream is open. */
  opened(): void {
    this.#streams++
  }

  /** A stream is over; after the last the time starts again. */
  closed(): void {
    if (--this.#streams === 0) this.#timer.refresh()
  }

  /** The connection is over. */
  stop(): void {
    clearTimeout(this.#timer)
  }
}

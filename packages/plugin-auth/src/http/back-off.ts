/** When a service that fails is left alone, and for how long. */
export interface BackOffSettings {
  /** Failures in a row from which on it is left alone. */
  readonly after: number
  /** How long it is left alone first, in milliseconds; then twice as long each time. */
  readonly firstMs: number
  /** The longest, in milliseconds. */
  readonly longestMs: number
}

/** How long a service that fails is left alone: twice as long after each failure, spread by chance. One call is let through after each pause. */
export class BackOff {
  readonly #settings: BackOffSettings
  #failures = 0
  // On the clock of performance.now(): setting the wall clock back must not make a pause longer.
  #untilMs = 0

  constructor(settings: BackOffSettings) {
    this.#settings = settings
  }

  /** For how long it is left alone, in milliseconds; 0 when it may be asked. */
  get leftMs(): number {
    return Math.max(0, this.#untilMs - performance.now())
  }

  /** It is about to be asked: while it fails, others wait for the end of this call, or of the pause. */
  asking(): void {
    if (this.#failures >= this.#settings.after) this.#pause()
  }

  /** It answered. */
  succeeded(): void {
    this.#failures = 0
    this.#untilMs = 0
  }

  /** It did not. */
  failed(): void {
    this.#failures++
    if (this.#failures >= this.#settings.after) this.#pause()
  }

  #pause(): void {
    const { after, firstMs, longestMs } = this.#settings
    const most = Math.min(longestMs, firstMs * 2 ** Math.min(30, this.#failures - after))
    this.#untilMs = performance.now() + most * (0.5 + Math.random() / 2)
  }
}

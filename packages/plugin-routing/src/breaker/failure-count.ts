import { FailureWindow } from '../failures/failure-window.ts'
import type { BreakerOptions } from '../options/breaker-options.ts'

/** The attempts that a closed breaker has seen, and whether too many of them failed. */
export class FailureCount {
  #options: BreakerOptions = {}
  #window: FailureWindow | null = null
  #inRow = 0

  /** Takes other options; what was counted stays, unless the window is another. */
  configure(options: BreakerOptions): void {
    this.#options = options
    const { failureRate } = options
    this.#window = failureRate ? FailureWindow.for(failureRate, this.#window) : null
  }

  /** Counts an attempt. */
  add(atMs: number, failed: boolean): void {
    this.#window?.count(atMs, failed)
    this.#inRow = failed ? this.#inRow + 1 : 0
  }

  /**
   * Whether it is too much.
   * @param more failures beside those that are counted.
   */
  isTooMuch(atMs: number, more = 0): boolean {
    const { consecutiveFailures, failureRate } = this.#options
    if (consecutiveFailures !== undefined && this.#inRow + more >= consecutiveFailures) return true
    return failureRate !== undefined && (this.#window?.exceeds(failureRate, atMs, more) ?? false)
  }

  /** Failures: of the window that ends now, or without one those in a row. */
  failures(nowMs: number): number {
    return this.#window ? this.#window.failures(nowMs) : this.#inRow
  }

  /** Forgets everything. */
  clear(): void {
    this.#inRow = 0
    this.#window?.clear()
  }
}

import type { Exchange } from '@postern/core'

/** The attempts that a half-open breaker lets through to find out. */
export class Trial {
  /** Exchanges that have a place. */
  readonly #places = new Set<Exchange>()
  /** Places that there are in all, of which some have succeeded. */
  #allowed = 0
  #succeeded = 0

  /** Begins with so many places. */
  begin(places: number): void {
    this.#places.clear()
    this.#allowed = places
    this.#succeeded = 0
  }

  /** Whether a place is free. */
  get isFree(): boolean {
    return this.#places.size + this.#succeeded < this.#allowed
  }

  /** Adds a place: those that have one may wait without an end, and nobody else would ever be let through. */
  extend(): void {
    this.#allowed++
  }

  /** Gives an exchange a place. */
  take(exchange: Exchange): void {
    this.#places.add(exchange)
  }

  /** Takes its place back; false when it has none. */
  release(exchange: Exchange): boolean {
    return this.#places.size > 0 && this.#places.delete(exchange)
  }

  /** Whether it has a place. */
  has(exchange: Exchange): boolean {
    return this.#places.has(exchange)
  }

  /** One that gave its place back has succeeded: whether so many have by now. */
  succeed(needed: number): boolean {
    this.#succeeded++
    return this.#succeeded >= needed
  }
}

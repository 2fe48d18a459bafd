import type { LiveExchange } from './live-exchange.ts'

/**
 * The exchanges that run now. Not a `Set`: one with steady traffic is rehashed all the time, and V8's replaced tables
 * point to each other and to what they held, so that a table in old space keeps most finished exchanges until the next
 * full collection. That was a fifth of the gateway's time.
 */
export class LiveSet {
  readonly #exchanges: LiveExchange[] = []

  /** How many run. */
  get size(): number {
    return this.#exchanges.length
  }

  /** Adds one. */
  add(exchange: LiveExchange): void {
    exchange.liveIndex = this.#exchanges.length
    this.#exchanges.push(exchange)
  }

  /** Removes one: the last takes its place. */
  delete(exchange: LiveExchange): void {
    const last = this.#exchanges.pop() as LiveExchange
    if (last === exchange) return
    this.#exchanges[exchange.liveIndex] = last
    last.liveIndex = exchange.liveIndex
  }

  /** Ends what is over time. */
  sweep(nowMs: number): void {
    // Whatever is ended leaves the list later, on its own turn.
    for (const exchange of this.#exchanges) exchange.attempt?.check(nowMs)
  }

  /** A copy, for whoever ends them one by one. */
  all(): LiveExchange[] {
    return this.#exchanges.slice()
  }
}

import type { LiveExchange } from './live-exchange.ts'
import type { Peer } from './peer.ts'

/** How often running attempts are looked at: how late a missed bound can be noticed. */
const SWEEP_MS = 25

/**
 * The exchanges that run now. Not a `Set`: one with steady traffic is rehashed all the time, and V8's replaced tables
 * point to each other and to what they held, so that a table in old space keeps most finished exchanges until the next
 * full collection. That was a fifth of the gateway's time.
 */
export class LiveSet {
  readonly #exchanges: LiveExchange[] = []
  #timer: NodeJS.Timeout | undefined
  #onEmpty: (() => void) | null = null
  /** How tunnels are ended; `null` while they may stay. */
  #leave: { readonly untilMs: number; readonly pauseMs: number } | null = null

  /** How many run. */
  get size(): number {
    return this.#exchanges.length
  }

  /** Adds one; its times are kept from here on. */
  add(exchange: LiveExchange): void {
    exchange.liveIndex = this.#exchanges.length
    this.#exchanges.push(exchange)
    this.#timer ??= setInterval(this.#sweep, SWEEP_MS)
  }

  /** Removes one: the last takes its place. */
  delete(exchange: LiveExchange): void {
    const last = this.#exchanges.pop() as LiveExchange
    if (last !== exchange) {
      this.#exchanges[exchange.liveIndex] = last
      last.liveIndex = exchange.liveIndex
    }
    if (this.#exchanges.length === 0) this.#onEmpty?.()
  }

  /** The one that came over a connection of HTTP/1, which carries one at a time. */
  from(peer: Peer): LiveExchange | undefined {
    return this.#exchanges.find((exchange) => exchange.peer === peer)
  }

  /** A copy, for whoever ends them one by one. */
  all(): LiveExchange[] {
    return this.#exchanges.slice()
  }

  /**
   * Ends tunnels, which have no end of their own, one by one.
   * @param untilMs when each of them has been told.
   * @param pauseMs how long the end of one may wait after that for a moment in which nothing is under way.
   */
  endTunnels(untilMs: number, pauseMs: number): void {
    this.#leave = { untilMs, pauseMs }
  }

  /** Waits until nothing runs; false when it takes longer than it may. */
  drained(withinMs: number): Promise<boolean> {
    if (this.size === 0) return Promise.resolve(true)
    return new Promise((resolve) => {
      const settle = (drained: boolean): void => {
        clearTimeout(timer)
        this.#onEmpty = null
        resolve(drained)
      }
      const timer = setTimeout(() => settle(false), withinMs)
      this.#onEmpty = () => settle(true)
    })
  }

  /** Keeps no more times. */
  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Ends what is over time. An idle gateway has no timer. */
  readonly #sweep = (): void => {
    const now = performance.now()
    // Whatever is ended leaves the list later, on its own turn.
    for (const { running } of this.#exchanges) {
      running?.check(now)
      // At each look, for a tunnel that came to stand after the last.
      if (this.#leave) running?.drain(now, this.#leave.untilMs, this.#leave.pauseMs)
    }
    if (this.size === 0) this.stop()
  }
}

import { GatewayError } from './errors.ts'
import type { LiveExchange } from './live-exchange.ts'
import type { Peer } from './peer.ts'

/** How often running attempts are looked at: how late a missed bound can be noticed. */
const SWEEP_MS = 25
/** Share of the time to drain over which tunnels are ended, so that not all their clients come back at once. */
const DRAIN_SHARE = 0.8
/** Share of that time for which a tunnel's end may wait until nothing is under way in it. */
const PAUSE_SHARE = 0.1
/** How long what is cut may take to end. */
const CUT_MS = 1_000

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

  /**
   * Waits for what runs. Tunnels, which have no end of their own, are ended one by one meanwhile; what is left after the time
   * is cut.
   * @returns whether nothing had to be cut.
   */
  async drain(graceMs: number): Promise<boolean> {
    this.#leave = { untilMs: performance.now() + graceMs * DRAIN_SHARE, pauseMs: graceMs * PAUSE_SHARE }
    if (await this.#empty(graceMs)) return true
    // A copy: each leaves the list as it ends.
    for (const exchange of this.#exchanges.slice()) exchange.abort(new GatewayError('GW_GATEWAY_CLOSING'))
    await this.#empty(CUT_MS)
    return false
  }

  /** Keeps no more times. */
  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Waits until nothing runs; false when it takes longer than it may. */
  #empty(withinMs: number): Promise<boolean> {
    if (this.size === 0) return Promise.resolve(true)
    return new Promise((resolve) => {
      const settle = (isEmpty: boolean): void => {
        clearTimeout(timer)
        this.#onEmpty = null
        resolve(isEmpty)
      }
      const timer = setTimeout(() => settle(false), withinMs)
      this.#onEmpty = () => settle(true)
    })
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

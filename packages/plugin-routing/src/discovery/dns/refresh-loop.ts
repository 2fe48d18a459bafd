import type { DiscoveredEndpoint, DiscoveryListener, DiscoveryWatch } from '../discovery.ts'

/** What a look-up found. */
export interface Found {
  readonly endpoints: readonly DiscoveredEndpoint[]
  /** How long it is good for. */
  readonly ttlMs: number
}

/** Something that can be looked up again and again. */
export interface LookUp {
  /** One look; rejects when nothing is to be found. */
  find(): Promise<Found>
  /** Gives up a look that is under way. */
  cancel(): void
}

/** Bounds of the time between two looks. */
export interface RefreshTimes {
  readonly minTtlMs: number
  readonly maxTtlMs: number
}

/** Where chance and time come from; tests bring their own. */
export interface RefreshSources {
  /** Gives numbers from 0 up to, not including, 1. */
  readonly random: () => number
  /** Calls once after a time; what it returns takes that back. */
  readonly after: (ms: number, call: () => void) => () => void
}

const SOURCES: RefreshSources = {
  random: () => Math.random(),
  after(ms, call) {
    const timer = setTimeout(call, ms).unref()
    return () => clearTimeout(timer)
  },
}

/** The wait after a first failure; it doubles with each one that follows. */
const FIRST_RETRY_MS = 250
const MAX_RETRY_MS = 30_000
/** How much later than its TTL says a name may be asked for again: the replicas of a gateway must not ask all at once. */
const JITTER = 0.1

/** Looks up, waits as long as the answer is good for, and looks up again. One look at a time. */
export class RefreshLoop implements DiscoveryWatch {
  readonly #lookUp: LookUp
  readonly #listener: DiscoveryListener
  readonly #times: RefreshTimes
  readonly #sources: RefreshSources
  #failures = 0
  #takeBack: () => void = () => {}
  #closed = false

  constructor(
    lookUp: LookUp,
    listener: DiscoveryListener,
    times: RefreshTimes,
    sources: RefreshSources = SOURCES,
  ) {
    this.#lookUp = lookUp
    this.#listener = listener
    this.#times = times
    this.#sources = sources
    void this.#look()
  }

  close(): void {
    this.#closed = true
    this.#takeBack()
    this.#lookUp.cancel()
  }

  async #look(): Promise<void> {
    let waitMs: number
    try {
      const { endpoints, ttlMs } = await this.#lookUp.find()
      if (this.#closed) return
      this.#failures = 0
      waitMs = this.#untilStaleMs(ttlMs)
      this.#listener.update(endpoints)
    } catch (thrown) {
      if (this.#closed) return
      waitMs = this.#untilRetryMs()
      this.#listener.failed(thrown as Error)
    }
    this.#takeBack = this.#sources.after(waitMs, () => void this.#look())
  }

  #untilStaleMs(ttlMs: number): number {
    const { minTtlMs, maxTtlMs } = this.#times
    const boundedMs = Math.min(Math.max(ttlMs, minTtlMs), maxTtlMs)
    return boundedMs * (1 + JITTER * this.#sources.random())
  }

  /** Half of it is chance. */
  #untilRetryMs(): number {
    const mostMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(this.#failures++, 10), MAX_RETRY_MS)
    return mostMs * (0.5 + 0.5 * this.#sources.random())
  }
}

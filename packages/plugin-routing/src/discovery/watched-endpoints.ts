import type { Kept, Logger } from '@postern/core'
import { type ReadEndpoint, readDiscovered } from '../endpoints.ts'
import type { Discovery, DiscoveryListener, DiscoveryWatch } from './discovery.ts'

/** How the source of a service's endpoints stands. */
export interface DiscoveryState {
  /** How long ago it last gave endpoints that make sense, in milliseconds; `undefined` before it did. */
  readonly ageMs: number | undefined
  /** How often it could not be asked, or made no sense, since a gateway with the service was started. */
  readonly failures: number
  /** Why it fails now, in words; `undefined` while it does not. */
  readonly fault: string | undefined
}

/** Failures of a service's sources. It outlives a change of the source. */
export class DiscoveryCounts implements Kept {
  failures = 0

  /** Nothing to end. */
  close(): void {}
}

/** Who wants to know the endpoints of a service: the service as one generation has it. */
export interface Follower {
  /** Where to log. */
  readonly logger: Logger
  /** These are all endpoints now, at least one. What it throws says that they cannot be used. */
  changed(endpoints: readonly ReadEndpoint[]): void
}

/** One watch, with what it said last that made sense. It outlives reloads that do not change its source. */
export class WatchedEndpoints implements DiscoveryListener, Kept {
  readonly #service: string
  readonly #watch: DiscoveryWatch
  readonly #followers = new Set<Follower>()
  #known: readonly ReadEndpoint[] = []
  #knownText = ''
  #failure: Error | null = null
  /** On the clock of `performance.now()`; 0 before the first. */
  #answeredMs = 0
  readonly #counts: DiscoveryCounts
  #closed = false

  /** @throws what the discovery throws. */
  constructor(service: string, discovery: Discovery, counts: DiscoveryCounts) {
    this.#service = service
    this.#counts = counts
    // Functions of their own: an implementation may take them apart from each other.
    this.#watch = discovery.watch(service, {
      update: (endpoints) => this.update(endpoints),
      failed: (error) => this.failed(error),
    })
  }

  /** Tells a follower what is known, and from here on of every change. */
  follow(follower: Follower): void {
    if (this.#known.length > 0) follower.changed(this.#known)
    this.#followers.add(follower)
    if (this.#failure) this.#warn(this.#failure)
  }

  /** Tells it nothing any more. */
  unfollow(follower: Follower): void {
    this.#followers.delete(follower)
  }

  update(given: Parameters<DiscoveryListener['update']>[0]): void {
    if (this.#closed) return
    try {
      this.#take(readDiscovered(given))
    } catch (thrown) {
      this.failed(thrown as Error)
      return
    }
    if (this.#failure)
      this.#logger?.info(this.#fields(), `Service ${this.#service}: its source answers again`)
    this.#failure = null
    this.#answeredMs = performance.now()
  }

  failed(error: Error): void {
    if (this.#closed) return
    this.#counts.failures++
    const isNews = this.#failure === null
    this.#failure = error
    // A source that is down for hours is told of once.
    if (isNews) this.#warn(error)
    else
      this.#logger?.debug(
        this.#fields(),
        `Service ${this.#service}: its source still fails: ${error.message}`,
      )
  }

  /** How it stands now. */
  state(): DiscoveryState {
    return {
      ageMs: this.#answeredMs === 0 ? undefined : performance.now() - this.#answeredMs,
      failures: this.#counts.failures,
      fault: this.#failure?.message,
    }
  }

  close(): void | Promise<void> {
    this.#closed = true
    return this.#watch.close()
  }

  #take(endpoints: readonly ReadEndpoint[]): void {
    const text = JSON.stringify(endpoints)
    if (text === this.#knownText) return
    for (const follower of this.#followers) follower.changed(endpoints)
    this.#logger?.info(this.#fields(endpoints), `Service ${this.#service}: its endpoints changed`)
    this.#known = endpoints
    this.#knownText = text
  }

  #warn({ message }: Error): void {
    const stands = this.#known.length > 0 ? 'those known last stay' : 'none are known yet'
    const line = `Service ${this.#service}: its endpoints cannot be found out, ${stands}: ${message}`
    this.#logger?.warn(this.#fields(), line)
  }

  #fields(endpoints: readonly ReadEndpoint[] = this.#known): object {
    return { service: this.#service, endpoints: endpoints.length }
  }

  /** Of the newest generation: after a reload, its settings hold. */
  get #logger(): Logger | undefined {
    return [...this.#followers].at(-1)?.logger
  }
}

import type { DiscoveredEndpoint, Discovery, DiscoveryListener } from '../../src/index.ts'

/** A registry that says what the test tells it to. */
export class HandDiscovery implements Discovery {
  /** Services that are watched. */
  readonly watched: string[] = []
  /** Watches that were closed. */
  closed = 0
  #listener: DiscoveryListener | null = null

  watch(service: string, listener: DiscoveryListener) {
    this.watched.push(service)
    this.#listener = listener
    return {
      close: () => {
        this.closed++
      },
    }
  }

  /** These are all endpoints now. */
  say(...endpoints: (string | DiscoveredEndpoint)[]): void {
    this.#listener?.update(endpoints)
  }

  /** What only a caller without types can say. */
  sayAnything(anything: unknown): void {
    this.#listener?.update(anything as never)
  }

  /** The registry is down. */
  fail(message: string): void {
    this.#listener?.failed(new Error(message))
  }
}

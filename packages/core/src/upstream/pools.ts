import { Pool } from 'undici'

/** Connections to upstreams, one undici pool per origin, shared by all generations so that a reload drops none. */
export class PoolRegistry {
  readonly #byKey = new Map<string, { pool: Pool; users: number }>()
  readonly #closing = new Set<Promise<void>>()

  /** The pool of an origin, opened when there is none. Every call needs one `release`. */
  acquire(origin: string, connectMs: number): Pool {
    const key = `${origin}|${connectMs}`
    let entry = this.#byKey.get(key)
    if (!entry) {
      entry = { pool: openPool(origin, connectMs), users: 0 }
      this.#byKey.set(key, entry)
    }
    entry.users++
    return entry.pool
  }

  /** Gives a pool back; the last user's release closes it once its requests are over. */
  release(pool: Pool): void {
    for (const [key, entry] of this.#byKey) {
      if (entry.pool !== pool || --entry.users > 0) continue
      this.#byKey.delete(key)
      const closing = pool.close().finally(() => this.#closing.delete(closing))
      this.#closing.add(closing)
    }
  }

  /** Cuts every connection. */
  async destroy(): Promise<void> {
    const pools = [...this.#byKey.values()].map((entry) => entry.pool.destroy())
    this.#byKey.clear()
    await Promise.all([...pools, ...this.#closing])
  }
}

function openPool(origin: string, connectMs: number): Pool {
  return new Pool(origin, {
    // The gateway bounds concurrency per endpoint itself and times every phase: a queue or timer below would be a
    // second number for one purpose.
    connections: null,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    // An attempt that gave up at its own `connectMs` leaves the socket to this bound.
    connect: { timeout: connectMs },
    // With `true` a TLS origin opens one connection as a probe and queues the rest until it settles.
    allowH2: false,
  })
}

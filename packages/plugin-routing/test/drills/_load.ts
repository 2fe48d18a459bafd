import { setTimeout as delay } from 'node:timers/promises'
import type { Client, Method } from './_client.ts'

/** What clients saw. */
export interface Seen {
  /** Answers by status; 0 for a connection that broke, and for a call that failed. */
  readonly statuses: Map<number, number>
  /** Answers with 200, by the name in them. */
  readonly names: Map<string, number>
  /** How many were sent. */
  sent: number
}

/** Requests at a steady pace, whatever becomes of the earlier ones. */
export class Load {
  readonly seen: Seen = { statuses: new Map(), names: new Map(), sent: 0 }
  readonly #client: Client
  readonly #running = new Set<Promise<void>>()
  readonly #timer: NodeJS.Timeout

  /**
   * @param client its own from here on.
   * @param perSecond at most 200: the timer ticks every 5 ms.
   */
  constructor(client: Client, perSecond: number, path = '/', method: Method = 'GET') {
    this.#client = client
    const startedMs = performance.now()
    this.#timer = setInterval(() => {
      // A late timer makes up for what it missed: the pace holds on a busy machine, too.
      const due = ((performance.now() - startedMs) / 1000) * perSecond
      while (this.seen.sent < due) this.#send(path, method)
    }, 5)
  }

  /** Resolves once so many more were sent. */
  async after(count: number): Promise<void> {
    const until = this.seen.sent + count
    while (this.seen.sent < until) await delay(5)
  }

  /** Sends nothing more; resolves when everything is answered. */
  async stop(): Promise<Seen> {
    clearInterval(this.#timer)
    await Promise.all(this.#running)
    await this.#client.close()
    return this.seen
  }

  #send(path: string, method: Method): void {
    this.seen.sent++
    const done = this.#ask(path, method).finally(() => this.#running.delete(done))
    this.#running.add(done)
  }

  async #ask(path: string, method: Method): Promise<void> {
    let status = 0
    try {
      const answer = await this.#client.ask(path, method)
      status = answer.status
      if (status === 200) count(this.seen.names, answer.text)
    } catch {
      // A broken connection, or a call that fails, is what the count of status 0 says.
    }
    count(this.seen.statuses, status)
  }
}

/** How many did not get 200. */
export function failed({ statuses, sent }: Seen): number {
  return sent - (statuses.get(200) ?? 0)
}

function count<TKey>(counts: Map<TKey, number>, key: TKey): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

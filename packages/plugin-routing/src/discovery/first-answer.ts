import { type Endpoint, type Exchange, GatewayError } from '@postern/core'

/** Exchanges of one service that may wait at once; the next ones are answered with 503. */
const MOST_WAITING = 1_000
/** How long an exchange waits where its route bounds nothing. */
const DEFAULT_WAIT_MS = 5_000
/** Share of the plugin's deadline that may be waited: past the deadline, the plugin would be blamed. */
const DEADLINE_SHARE = 0.9

/** Exchanges that came before the first endpoint of their service was known. */
export class FirstAnswer {
  readonly #service: string
  readonly #waiting = new Set<(came: boolean) => void>()

  constructor(service: string) {
    this.#service = service
  }

  /**
   * Waits as long as the route lets a connection take, within the plugin's deadline.
   * @param pick chooses, once there is something to choose from.
   */
  wait(exchange: Exchange, pick: () => Endpoint | Promise<Endpoint>): Promise<Endpoint> {
    if (this.#waiting.size >= MOST_WAITING) return Promise.reject(this.#none())
    return new Promise((resolve, reject) => {
      const settle = (came: boolean): void => {
        clearTimeout(timer)
        this.#waiting.delete(settle)
        if (came) resolve(pick())
        else reject(this.#none())
      }
      const timer = setTimeout(settle, mostMs(exchange), false).unref()
      this.#waiting.add(settle)
    })
  }

  /** There are endpoints now. */
  came(): void {
    for (const settle of this.#waiting) settle(true)
  }

  /** There will be none. */
  close(): void {
    for (const settle of this.#waiting) settle(false)
  }

  #none(): GatewayError {
    const message = `No endpoint of ${this.#service} is known yet`
    return new GatewayError('GW_UPSTREAM_NO_ENDPOINT', { message, headers: ['retry-after', '1'] })
  }
}

function mostMs({ route }: Exchange): number {
  const { connectMs, pluginMs } = route?.timeouts ?? { connectMs: 0, pluginMs: 0 }
  const mostMs = Math.min(
    connectMs === 0 ? Number.POSITIVE_INFINITY : connectMs,
    pluginMs === 0 ? Number.POSITIVE_INFINITY : pluginMs * DEADLINE_SHARE,
  )
  return Number.isFinite(mostMs) ? mostMs : DEFAULT_WAIT_MS
}

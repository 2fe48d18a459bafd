import type { Exchange, Kept } from '@postern/core'
import type { MirrorCounts } from './mirrors/mirror.ts'
import { runningAttempts } from './retries/running-attempts.ts'

/** What was sent for a route, since a gateway with it was started. By the route's id it outlives reloads, so it never goes down. */
export class RouteCounts implements Kept {
  /** Exchanges of which something was sent to an endpoint. */
  requests = 0
  /** Attempts that followed another one. */
  retries = 0
  /** Attempts that were started beside another one. */
  hedges = 0
  readonly mirror: MirrorCounts = { sent: 0, answered: 0, failed: 0, full: 0, body: 0 }

  /** An attempt of the exchange is about to be sent. */
  attempt(exchange: Exchange): void {
    if (exchange.attempt === null) this.requests++
    else if (runningAttempts(exchange) > 0) this.hedges++
    else this.retries++
  }

  /** Nothing to end. */
  close(): void {}
}

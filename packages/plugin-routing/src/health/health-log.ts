import type { Logger } from '@postern/core'
import type { Member } from '../balancing/member.ts'
import type { HealthChange } from './passive-health.ts'

/** What operators should know of the health of a service. */
export class HealthLog {
  readonly #service: string
  readonly #logger: Pick<Logger, 'info' | 'warn'>
  readonly #nowMs: () => number

  /** @param nowMs the clock of `endpoint.sinceMs`. */
  constructor(service: string, logger: Pick<Logger, 'info' | 'warn'>, nowMs: () => number) {
    this.#service = service
    this.#logger = logger
    this.#nowMs = nowMs
  }

  /** Its exchanges changed what an endpoint counts as. */
  changed({ endpoint: { url }, health }: Member, change: HealthChange): void {
    const service = this.#service
    if (change === 'returned') {
      this.#logger.info({ service, url }, 'An endpoint is back')
      return
    }
    const { consecutiveFailures } = health
    const ejectedForMs = Math.round(health.ejectedUntilMs - this.#nowMs())
    this.#logger.warn({ service, url, consecutiveFailures, ejectedForMs }, 'An endpoint is ejected')
  }

  /** Its checks changed what an endpoint counts as. */
  checked({ endpoint: { url }, health }: Member, fault: string | undefined): void {
    const service = this.#service
    if (health.isUnhealthy) this.#logger.warn({ service, url, fault }, 'An endpoint fails its health checks')
    else this.#logger.info({ service, url }, 'An endpoint passes its health checks again')
  }

  /** A panic began, or ended. */
  panicked(isOn: boolean, usable: number, endpoints: number): void {
    const facts = { service: this.#service, usable, endpoints }
    if (isOn) this.#logger.warn(facts, 'Too few endpoints are usable: the others are used as well')
    else this.#logger.info(facts, 'Enough endpoints are usable again')
  }
}

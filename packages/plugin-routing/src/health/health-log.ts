import type { Logger } from '@postern/core'
import type { Member } from '../balancing/member.ts'
import type { HealthChange } from './passive-health.ts'
import type { HealthUser, ServiceHealth } from './service-health.ts'

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

  /**
   * Tells of a panic once when it begins and once when it ends, also when a reload comes between.
   * @param endpoints how many there are.
   */
  panic(kept: ServiceHealth, user: HealthUser & Alarmed, endpoints: number): void {
    const { isPanic, sick } = user
    if (!kept.isNewest(user) || kept.isPanicLogged === isPanic) return
    kept.isPanicLogged = isPanic
    const facts = { service: this.#service, usable: endpoints - sick, endpoints }
    if (isPanic) this.#logger.warn(facts, 'Too few endpoints are usable: the others are used as well')
    else this.#logger.info(facts, 'Enough endpoints are usable again')
  }
}

/** Whether too few endpoints are usable, and how many are not. */
interface Alarmed {
  readonly isPanic: boolean
  readonly sick: number
}

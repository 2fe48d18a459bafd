import type { Exchange } from '@postern/core'
import type { Service } from '../service.ts'

/** Where a route leads. */
export interface Target {
  /** Every service that it can lead to, at least one. */
  readonly services: readonly [Service, ...Service[]]
  /** The service for an exchange: the same for all of its attempts. */
  serviceFor(exchange: Exchange): Service
}

/** One service for every exchange. */
export class SingleTarget implements Target {
  readonly services: readonly [Service]

  constructor(service: Service) {
    this.services = [service]
  }

  serviceFor(): Service {
    return this.services[0]
  }
}

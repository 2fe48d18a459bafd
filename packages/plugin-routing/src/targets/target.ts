import type { Exchange } from '@postern/core'
import type { Service } from '../service.ts'

/** Where a route leads. */
export interface Target {
  /** Every service that it can lead to, at least one; the first gives the route its name in logs and metrics. */
  readonly services: readonly [Service, ...Service[]]
  /** Whether it depends on the exchange: then the choice is kept, see `ChosenTarget`. */
  readonly varies: boolean
  /** The service for an exchange. May be asked before each attempt: only `ChosenTarget` gives the same each time. */
  serviceFor(exchange: Exchange): Service
  /** What it is, as plain data. */
  describe(): TargetDescription
}

/** A target as plain data. */
export type TargetDescription =
  | {
      /** One service for every exchange. */
      readonly kind: 'service'
      /** Its name. */
      readonly service: string
    }
  | {
      /** Several services, each with a share. */
      readonly kind: 'split'
      /** What is hashed, in words; `chance` for nothing. */
      readonly by: string
      /** Each with its part of the whole, 0 to 1. */
      readonly parts: readonly {
        /** Its name. */
        readonly service: string
        /** Its part of the whole, 0 to 1. */
        readonly share: number
      }[]
    }
  | {
      /** By what the request says. */
      readonly kind: 'rules'
      /** In the order in which they are asked. */
      readonly rules: readonly {
        /** The condition in words. */
        readonly when: string
        /** Where it leads. */
        readonly to: TargetDescription
      }[]
      /** Where everything else goes. */
      readonly otherwise: TargetDescription
    }

/** One service for every exchange. */
export class SingleTarget implements Target {
  readonly services: readonly [Service]
  readonly varies = false

  constructor(service: Service) {
    this.services = [service]
  }

  serviceFor(): Service {
    return this.services[0]
  }

  describe(): TargetDescription {
    return { kind: 'service', service: this.services[0].name }
  }
}

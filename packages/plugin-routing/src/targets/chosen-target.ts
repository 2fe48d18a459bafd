import type { Exchange, Slot } from '@postern/core'
import { pathParameters } from '@postern/core/contracts'
import { MatchedParameters } from '../path-parameters.ts'
import type { Service } from '../service.ts'
import type { Target, TargetDescription } from './target.ts'

/** The path parameters of an exchange, and the service that was chosen for it. Others see the contract alone. */
export class Choice extends MatchedParameters {
  /** `null` before the first attempt. */
  service: Service | null = null
}

/** The slot as this plugin fills it on routes whose target varies. */
const choice: Slot<Choice> = pathParameters as Slot<Choice>

/**
 * A target that varies, asked once for each exchange: not before the guards ran, which say who calls, and not again for
 * another attempt, or chance would take an exchange to a service that does not know it.
 */
export class ChosenTarget implements Target {
  readonly services: readonly [Service, ...Service[]]
  readonly varies = true
  readonly #target: Target

  constructor(target: Target) {
    this.#target = target
    this.services = target.services
  }

  serviceFor(exchange: Exchange): Service {
    const kept = exchange.get(choice)
    // Not there when another plugin led the exchange to this route.
    if (!(kept instanceof Choice)) return this.services[0]
    kept.service ??= this.#target.serviceFor(exchange)
    return kept.service
  }

  describe(): TargetDescription {
    return this.#target.describe()
  }
}

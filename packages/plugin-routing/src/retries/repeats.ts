import type { Exchange } from '@postern/core'
import { connectRetry } from '../balancing/connect-retry.ts'
import type { RetryOptions } from '../options/retry-options.ts'
import type { Target } from '../targets/target.ts'
import type { RetryBudget } from './budget.ts'
import { RetryPolicy } from './retry-policy.ts'
import { runningAttempts } from './running-attempts.ts'

/**
 * What a route repeats. After a failed connect an endpoint that was not tried comes first: at once, and outside of the budget.
 * No service has seen the request then, and the outage of one endpoint must not become one of the route because the
 * budget is used up.
 */
export class Repeats {
  readonly #target: Target
  readonly #budgets: ReadonlyMap<string, RetryBudget>
  readonly #elsewhere: (exchange: Exchange) => number | undefined
  readonly #policy: RetryPolicy | null

  /** @param options `undefined` for a route that repeats nothing but failed connects; its requests count all the same. */
  constructor(target: Target, options: RetryOptions | undefined, budgets: ReadonlyMap<string, RetryBudget>) {
    this.#target = target
    this.#budgets = budgets
    this.#elsewhere = connectRetry(target)
    this.#policy = options ? new RetryPolicy(options) : null
  }

  /** Counts an exchange for the budget of its service, at its first attempt. */
  count(exchange: Exchange): void {
    if (exchange.attempt === null) this.#budgetFor(exchange).count(exchange.startedMs)
  }

  /** How long to wait before another attempt, in milliseconds; `undefined` for none. */
  readonly delayMs = (exchange: Exchange): number | undefined =>
    this.#elsewhere(exchange) ?? this.#policy?.delayMs(exchange, this.#budgetFor(exchange))

  /** Whether another attempt starts beside those that run, of at most so many. */
  hedges(exchange: Exchange, most: number): boolean {
    return runningAttempts(exchange) < most && this.#budgetFor(exchange).take(performance.now())
  }

  #budgetFor(exchange: Exchange): RetryBudget {
    return this.#budgets.get(this.#target.serviceFor(exchange).name) as RetryBudget
  }
}

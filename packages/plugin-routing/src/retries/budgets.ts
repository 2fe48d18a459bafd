import type { PluginHost } from '@postern/core'
import type { ServiceOptions } from '../options/service-options.ts'
import { RetryBudget } from './budget.ts'

/**
 * The budget of every service, for all routes that lead there. A reload keeps what was counted: in an outage a budget that
 * starts again is one that is used twice.
 */
export function keepBudgets(
  gateway: Pick<PluginHost, 'keep'>,
  services: Readonly<Record<string, ServiceOptions>>,
): ReadonlyMap<string, RetryBudget> {
  const budgets = new Map<string, RetryBudget>()
  for (const [name, { retryBudget = {} }] of Object.entries(services)) {
    const budget = gateway.keep(`retry-budget ${name}`, () => new RetryBudget())
    budget.configure(retryBudget)
    budgets.set(name, budget)
  }
  return budgets
}

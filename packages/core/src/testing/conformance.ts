/**
 * `pluginConformance`: what every plugin must do, whatever it is for. Give the checks to any test runner:
 *
 *   for (const check of pluginConformance(() => myPlugin())) test(check.name, check.run)
 */
import type { PluginInstance } from '../plugin.ts'
import { abortChecks } from './conformance/aborts.ts'
import { contractChecks } from './conformance/contract.ts'
import { faultChecks } from './conformance/faults.ts'
import { lifecycleChecks } from './conformance/lifecycle.ts'
import { modeChecks } from './conformance/modes.ts'
import { seatChecks } from './conformance/seats.ts'
import type { ConformanceCheck, ConformanceSetup } from './conformance/setup.ts'
import { resolveSetup } from './conformance/setup.ts'

/** How to run a plugin: what it needs beside it, and a request that it lets through. */
export interface ConformanceOptions {
  /** Other plugins that it needs: providers of slots that it requires. Default: none. */
  readonly beside?: () => readonly PluginInstance[]
  /** Headers of a request that the plugin lets through. Default: none. */
  readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
  /** Path of a request that the plugin lets through. Default: `/`. */
  readonly path?: string
  /** Milliseconds of event-loop time that the plugin may take per exchange, on average. Default: 5. */
  readonly budgetMs?: number
}

/**
 * The checks that a plugin must pass.
 * @param make a fresh instance for each check.
 */
export function pluginConformance(
  make: () => PluginInstance,
  options: ConformanceOptions = {},
): readonly ConformanceCheck[] {
  const setup: ConformanceSetup = resolveSetup(make, options)
  return [contractChecks, seatChecks, abortChecks, modeChecks, faultChecks, lifecycleChecks].flatMap((part) =>
    part(setup),
  )
}

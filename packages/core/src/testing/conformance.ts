/**
 * `pluginConformance`: what every plugin must do, whatever it is for. Give the checks to any test runner:
 *
 *   for (const check of pluginConformance(() => myPlugin())) test(check.name, check.run)
 */
import type { PluginInstance } from '../plugin.ts'
import { abortChecks } from './conformance/aborts.ts'
import { budgetChecks } from './conformance/budget.ts'
import { contractChecks } from './conformance/contract.ts'
import { faultChecks } from './conformance/faults.ts'
import { leakChecks } from './conformance/leaks.ts'
import { lifecycleChecks } from './conformance/lifecycle.ts'
import { memoryChecks } from './conformance/memory.ts'
import { modeChecks } from './conformance/modes.ts'
import { phaseChecks } from './conformance/phases.ts'
import { seatChecks } from './conformance/seats.ts'
import type { ConformanceCheck, ConformanceContext, ConformanceOptions } from './conformance/setup.ts'
import { resolveSetup } from './conformance/setup.ts'
import { slotChecks } from './conformance/slots.ts'

const PARTS = [
  contractChecks,
  slotChecks,
  seatChecks,
  phaseChecks,
  abortChecks,
  modeChecks,
  faultChecks,
  lifecycleChecks,
  leakChecks,
  memoryChecks,
  budgetChecks,
]

/**
 * The checks that a plugin must pass. Run them one after the other: some look at the whole process.
 * @param make a fresh instance for each check. A plugin that routes leads its requests to `upstreamUrl`.
 */
export function pluginConformance(
  make: (context: ConformanceContext) => PluginInstance,
  options: ConformanceOptions = {},
): readonly ConformanceCheck[] {
  const setup = resolveSetup(make, options)
  return PARTS.flatMap((part) => part(setup))
}

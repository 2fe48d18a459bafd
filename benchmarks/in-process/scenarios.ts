import { routeLookup } from './route-lookup.ts'
import type { InProcessScenario } from './scenario.ts'

/** All scenarios of this kind, in the order in which they run. */
export const inProcessScenarios: readonly InProcessScenario[] = [routeLookup]

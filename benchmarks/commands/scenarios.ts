import type { CommandScenario } from './scenario.ts'
import { traceScan } from './trace-scan.ts'

/** All scenarios of this kind, in the order in which they run. */
export const commandScenarios: readonly CommandScenario[] = [traceScan]

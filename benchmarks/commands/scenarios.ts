import { gwStart } from './gw-start.ts'
import type { CommandScenario, StartScenario } from './scenario.ts'
import { traceScan } from './trace-scan.ts'

/** Commands beside another one, in the order in which they run. */
export const commandScenarios: readonly CommandScenario[] = [traceScan]

/** Starts of processes, in the order in which they run. */
export const startScenarios: readonly StartScenario[] = [gwStart]

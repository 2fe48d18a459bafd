/** The real worker, except for tokens that name what it should do instead. */
import type { Batch, CheckResult } from '../../src/verify/messages.ts'

import { checkBatch as check } from '../../src/verify/worker.ts'

export function checkBatch(batch: Batch): Promise<CheckResult[]> | CheckResult[] {
  if (batch.tokens.includes('hang')) for (;;);
  if (batch.tokens.includes('eat')) {
    const eaten: number[][] = []
    for (;;) eaten.push(Array.from<number>({ length: 1_000_000 }).fill(0.5))
  }
  if (batch.tokens.includes('exit')) process.exit(1)
  if (batch.tokens.includes('throw')) throw new Error('thrown by the worker')
  if (batch.tokens.includes('few')) return []
  return check(batch)
}

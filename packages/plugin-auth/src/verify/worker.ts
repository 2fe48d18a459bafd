/**
 * What a worker thread runs. Started by path, so it is its own build entry, and it may import only what plain Node can
 * load from source: jose, and files of this folder by their `.ts` names.
 */
import { workerData } from 'node:worker_threads'
import { checkAll } from './check-all.ts'
import { JoseChecker } from './jose-checker.ts'
import type { Batch, CheckResult, IssuerRules } from './messages.ts'

const checker = new JoseChecker(workerData as readonly IssuerRules[])

/** Checks every token of a batch. Never rejects: each token has its own result. */
export function checkBatch(batch: Batch): Promise<CheckResult[]> {
  return checkAll(batch, (job) => checker.check(job))
}

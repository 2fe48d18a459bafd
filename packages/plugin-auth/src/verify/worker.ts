/**
 * What a worker thread runs. Started by path, so it is its own build entry, and it may import only what plain Node can
 * load from source: jose, and files of this folder by their `.ts` names.
 */
import { workerData } from 'node:worker_threads'
import { JoseChecker } from './jose-checker.ts'
import type { Batch, CheckResult, IssuerRules, WireKey } from './messages.ts'

const checker = new JoseChecker(workerData as readonly IssuerRules[])

/** Checks every token of a batch. Never rejects: each token has its own result. */
export function checkBatch(batch: Batch): Promise<CheckResult[]> {
  return Promise.all(
    batch.tokens.map((token, place) =>
      checker.check({
        token,
        alg: batch.algs[place] as string,
        issuer: batch.issuers[place] as number,
        keys: (batch.candidates[place] as readonly number[]).map((index) => batch.keys[index] as WireKey),
      }),
    ),
  )
}

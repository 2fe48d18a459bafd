import type { Batch, CheckResult, Job, WireKey } from './messages.ts'

/**
 * Tokens of a batch that are checked side by side. Signatures go through the four threads of Node's pool that DNS and files of the
 * whole process wait for, too: a batch must not fill it. Two, so that one is read while the signature of the other is checked.
 */
const SIDE_BY_SIDE = 2

/**
 * Checks every token of a batch; each has its own result, in its place.
 * @param check must not reject.
 */
export async function checkAll(
  batch: Batch,
  check: (job: Job) => Promise<CheckResult>,
): Promise<CheckResult[]> {
  const results: CheckResult[] = []
  let next = 0
  const checkOn = async (): Promise<void> => {
    while (next < batch.tokens.length) {
      const place = next++
      results[place] = await check(jobOf(batch, place))
    }
  }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, checkOn))
  return results
}

function jobOf({ algs, candidates, issuers, keys, tokens }: Batch, place: number): Job {
  return {
    token: tokens[place] as string,
    alg: algs[place] as string,
    issuer: issuers[place] as number,
    keys: (candidates[place] as readonly number[]).map((index) => keys[index] as WireKey),
  }
}

import { JoseChecker } from './jose-checker.ts'
import type { CheckResult, IssuerRules, Job } from './messages.ts'

/** Their checks take milliseconds of a thread that DNS and files wait for too. */
const EXPENSIVE: ReadonlySet<string> = new Set(['ES384', 'ES512'])

/** Checks a token on the main thread, where that is cheaper than a message of its own to a worker. */
export class InlineChecker {
  readonly #checker: JoseChecker

  constructor(issuers: readonly IssuerRules[]) {
    this.#checker = new JoseChecker(issuers)
  }

  /** Whether a token that is alone is better checked here. */
  suits(job: Job): boolean {
    return !EXPENSIVE.has(job.alg) && job.keys.length === 1
  }

  /** Never rejects. */
  check(job: Job): Promise<CheckResult> {
    return this.#checker.check(job)
  }
}

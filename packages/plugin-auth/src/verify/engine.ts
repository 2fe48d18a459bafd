import type { Logger } from '@postern/core'
import { Batcher } from './batcher.ts'
import { JoseChecker } from './jose-checker.ts'
import type { CheckResult, IssuerRules, Job } from './messages.ts'
import { WorkerPool } from './worker-pool.ts'

/** What checks signatures, wherever it runs. */
export interface Engine {
  /** Checks one token. Never rejects. */
  check(job: Job): Promise<CheckResult>
  /** Messages sent to workers so far. */
  readonly messages: number
  /** `true` when it can check tokens, else why not. */
  ready(): true | string
  /** Sends log lines elsewhere from now on. */
  useLogger(logger: Logger): void
  /** Ends what it started. */
  close(): Promise<void>
}

/** Makes the engine for a number of worker threads; 0 checks on the main thread. */
export function createEngine(threads: number, issuers: readonly IssuerRules[], logger: Logger): Engine {
  if (threads === 0) {
    const checker = new JoseChecker(issuers)
    return {
      check: (job) => checker.check(job),
      messages: 0,
      ready: () => true,
      useLogger() {},
      close: () => Promise.resolve(),
    }
  }
  const pool = new WorkerPool(threads, issuers, logger)
  const batcher = new Batcher((jobs) => pool.check(jobs), threads)
  return {
    check: (job) => batcher.submit(job),
    get messages() {
      return pool.messages
    },
    ready: () => pool.ready(),
    useLogger(next) {
      pool.logger = next
    },
    close: () => pool.close(),
  }
}

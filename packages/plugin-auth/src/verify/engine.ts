import type { Logger } from '@postern/core'
import { Batcher } from './batcher.ts'
import { InlineChecker } from './inline-checker.ts'
import { JoseChecker } from './jose-checker.ts'
import type { CheckResult, IssuerRules, Job } from './messages.ts'
import type { VerifyCounters } from './verify-counters.ts'
import { WorkerPool } from './worker-pool.ts'

/** Where signatures are checked; see `WorkerOptions`. */
export interface EngineSettings {
  readonly threads: number
  readonly inline: 'auto' | 'never'
  readonly maxMemoryBytes: number
}

/** What checks signatures, wherever it runs. */
export interface Engine {
  /** Checks one token. Never rejects. */
  check(job: Job): Promise<CheckResult>
  /** Messages sent to workers so far. */
  readonly messages: number
  /** Workers that run now. */
  readonly alive: number
  /** `true` when it can check tokens, else why not. */
  ready(): true | string
  /** Sends log lines elsewhere from now on. */
  useLogger(logger: Logger): void
  /** Ends what it started. */
  close(): Promise<void>
}

/** Makes the engine for a number of worker threads; 0 checks on the main thread. */
export function createEngine(
  settings: EngineSettings,
  issuers: readonly IssuerRules[],
  counters: VerifyCounters,
  logger: Logger,
): Engine {
  if (settings.threads === 0) return mainThread(issuers, counters)
  const pool = new WorkerPool(settings, issuers, counters, logger)
  const inline = settings.inline === 'auto' ? new InlineChecker(issuers) : undefined
  const batcher = new Batcher((jobs) => pool.check(jobs), settings.threads, counters, inline)
  return {
    check: (job) => batcher.submit(job),
    get messages() {
      return pool.messages
    },
    get alive() {
      return pool.alive
    },
    ready: () => pool.ready(),
    useLogger(next) {
      pool.logger = next
    },
    close: () => pool.close(),
  }
}

function mainThread(issuers: readonly IssuerRules[], counters: VerifyCounters): Engine {
  const checker = new JoseChecker(issuers)
  return {
    check(job) {
      counters.inline += 1
      return checker.check(job)
    },
    messages: 0,
    alive: 0,
    ready: () => true,
    useLogger() {},
    close: () => Promise.resolve(),
  }
}

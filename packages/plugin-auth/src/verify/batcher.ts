import type { InlineChecker } from './inline-checker.ts'
import type { CheckResult, Job } from './messages.ts'
import type { VerifyCounters } from './verify-counters.ts'

/** Tokens in one message at most: above, a message saves nothing more and its last token waits longer. */
const MAX_BATCH = 64
/** Tokens that a second worker must get before it is worth a message of its own. */
const MIN_SHARE = 16

interface Waiting {
  readonly job: Job
  readonly resolve: (result: CheckResult) => void
  readonly sinceMs: number
}

/**
 * Collects what arrives in one turn of the event loop and sends it as one message. A message per token would cost more
 * event-loop time than checking the token there. While every lane is busy tokens go on collecting, so messages grow
 * with the load. A token that is alone when its turn is over, with every lane free, is better checked inline.
 */
export class Batcher {
  readonly #send: (jobs: readonly Job[]) => Promise<readonly CheckResult[]>
  readonly #lanes: number
  readonly #counters: VerifyCounters
  readonly #inline: InlineChecker | undefined
  #waiting: Waiting[] = []
  #busy = 0
  #scheduled = false

  /**
   * @param send checks a batch; must not reject.
   * @param lanes messages that may be under way at once: one per worker.
   * @param inline checks a token that is alone. Default: it is sent like any other.
   */
  constructor(
    send: (jobs: readonly Job[]) => Promise<readonly CheckResult[]>,
    lanes: number,
    counters: VerifyCounters,
    inline?: InlineChecker,
  ) {
    this.#send = send
    this.#lanes = lanes
    this.#counters = counters
    this.#inline = inline
  }

  /** Checks one token together with the others of this turn. */
  submit(job: Job): Promise<CheckResult> {
    return new Promise((resolve) => {
      this.#waiting.push({ job, resolve, sinceMs: performance.now() })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#scheduled || this.#busy === this.#lanes || this.#waiting.length === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#flush()
    })
  }

  #flush(): void {
    const [first, second] = this.#waiting
    if (first && !second && this.#busy === 0 && this.#inline?.suits(first.job)) {
      this.#take(1)
      this.#counters.inline += 1
      void this.#inline.check(first.job).then(first.resolve)
      return
    }
    while (this.#waiting.length > 0 && this.#busy < this.#lanes) {
      const share = Math.ceil(this.#waiting.length / (this.#lanes - this.#busy))
      const batch = this.#take(Math.min(MAX_BATCH, Math.max(MIN_SHARE, share)))
      this.#counters.sent(batch.length)
      this.#busy += 1
      void this.#send(batch.map((one) => one.job)).then((results) => {
        this.#busy -= 1
        for (const [place, one] of batch.entries()) one.resolve(results[place] ?? 'failed')
        this.#schedule()
      })
    }
  }

  #take(count: number): readonly Waiting[] {
    const taken = this.#waiting.splice(0, count)
    const nowMs = performance.now()
    for (const { sinceMs } of taken) this.#counters.waited(nowMs - sinceMs)
    return taken
  }
}

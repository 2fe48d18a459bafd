import type { CheckResult, Job } from './messages.ts'

/** Tokens in one message at most: above, a message saves nothing more and its last token waits longer. */
const MAX_BATCH = 64
/** Tokens that a second worker must get before it is worth a message of its own. */
const MIN_SHARE = 16

interface Waiting {
  readonly job: Job
  readonly resolve: (result: CheckResult) => void
}

/**
 * Collects what arrives in one turn of the event loop and sends it as one message. A message per token would cost more
 * event-loop time than checking the token there. While every lane is busy tokens go on collecting, so messages grow
 * with the load.
 */
export class Batcher {
  readonly #send: (jobs: readonly Job[]) => Promise<readonly CheckResult[]>
  readonly #lanes: number
  #waiting: Waiting[] = []
  #busy = 0
  #scheduled = false

  /**
   * @param send checks a batch; must not reject.
   * @param lanes messages that may be under way at once: one per worker.
   */
  constructor(send: (jobs: readonly Job[]) => Promise<readonly CheckResult[]>, lanes: number) {
    this.#send = send
    this.#lanes = lanes
  }

  /** Checks one token together with the others of this turn. */
  submit(job: Job): Promise<CheckResult> {
    return new Promise((resolve) => {
      this.#waiting.push({ job, resolve })
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
    while (this.#waiting.length > 0 && this.#busy < this.#lanes) {
      const share = Math.ceil(this.#waiting.length / (this.#lanes - this.#busy))
      const batch = this.#waiting.splice(0, Math.min(MAX_BATCH, Math.max(MIN_SHARE, share)))
      this.#busy += 1
      void this.#send(batch.map((one) => one.job)).then((results) => {
        this.#busy -= 1
        for (const [place, one] of batch.entries()) one.resolve(results[place] ?? 'failed')
        this.#schedule()
      })
    }
  }
}

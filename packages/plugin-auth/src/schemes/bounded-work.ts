/** Runs a bounded number of jobs at once and lets a bounded number wait, in the order in which they came. */
export class BoundedWork {
  readonly #concurrency: number
  readonly #maxQueue: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(concurrency: number, maxQueue: number) {
    this.#concurrency = concurrency
    this.#maxQueue = maxQueue
  }

  /** Runs a job now or later. @returns `undefined` when as many as may wait already do. */
  run<TResult>(job: () => Promise<TResult>): Promise<TResult> | undefined {
    if (this.#running < this.#concurrency) return this.#start(job)
    if (this.#waiting.length >= this.#maxQueue) return undefined
    return new Promise((resolve) => {
      this.#waiting.push(() => resolve(this.#start(job)))
    })
  }

  #start<TResult>(job: () => Promise<TResult>): Promise<TResult> {
    this.#running += 1
    return job().finally(() => {
      this.#running -= 1
      this.#waiting.shift()?.()
    })
  }
}

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Logger } from '@postern/core'
import { FixedQueue, Piscina } from 'piscina'
import type { Batch, CheckResult, IssuerRules, Job, WireKey } from './messages.ts'
import type { VerifyCounters } from './verify-counters.ts'

// A batch takes milliseconds, a cold worker some hundred. What takes this long hangs, and would block its lane for ever.
const BATCH_TIMEOUT_MS = 4_000
// Not for ever: without traffic no batch could succeed and make the pool ready again.
const UNREADY_MS = 10_000

/** Where a bundle made by `gw build` says which file it is. */
const BUNDLE = Symbol.for('@postern/bundle')

/** How workers are run. */
export interface PoolSettings {
  /** How many. */
  readonly threads: number
  /** Heap that one of them may use; above, it dies and is replaced. */
  readonly maxMemoryBytes: number
  /** How long a batch may take before its worker counts as hung, in milliseconds. Default: 4000. */
  readonly batchTimeoutMs?: number
  /** Its file. Default: that of this package. */
  readonly filename?: string
}

/** Worker threads that check batches. The only file that knows piscina. */
export class WorkerPool {
  readonly #filename: string
  readonly #settings: PoolSettings
  readonly #issuers: readonly IssuerRules[]
  readonly #counters: VerifyCounters
  #piscina: Piscina<Batch, CheckResult[]> | undefined
  #closing: Promise<void> | undefined
  #failedMs = Number.NEGATIVE_INFINITY
  /** Where log lines go. */
  logger: Logger
  /** Messages sent so far. */
  messages = 0

  /** @throws {Error} when the worker's file is missing. */
  constructor(
    settings: PoolSettings,
    issuers: readonly IssuerRules[],
    counters: VerifyCounters,
    logger: Logger,
  ) {
    this.#filename = settings.filename ?? workerFile(import.meta.url)
    this.#settings = settings
    this.#issuers = issuers
    this.#counters = counters
    this.logger = logger
    this.#piscina = this.#start()
  }

  /** Checks a batch. When its worker dies it is tried once more; then every token of it is `failed`. Never rejects. */
  async check(jobs: readonly Job[]): Promise<readonly CheckResult[]> {
    const batch = toBatch(jobs)
    for (let attempt = 1; attempt <= 2 && !this.#closing; attempt++) {
      try {
        const results = await this.#run(batch)
        this.#failedMs = Number.NEGATIVE_INFINITY
        return results
      } catch (error) {
        if (this.#closing) break
        const fields = { attempt, tokens: jobs.length, reason: (error as Error).message }
        this.logger.warn(fields, 'A verify worker died or hung with a batch of tokens')
      }
    }
    this.#failedMs = performance.now()
    if (!this.#closing) this.#counters.failed += 1
    return jobs.map(() => 'failed' as const)
  }

  /** `true` when the last batch was checked, or its failure is a while ago; else why not. */
  ready(): true | string {
    return performance.now() - this.#failedMs > UNREADY_MS || 'The workers that verify tokens die.'
  }

  /** Workers that run now. */
  get alive(): number {
    return this.#piscina?.threads.length ?? 0
  }

  /** Ends the workers. Batches under way are `failed`. */
  close(): Promise<void> {
    this.#closing ??= this.#piscina?.destroy() ?? Promise.resolve()
    return this.#closing
  }

  async #run(batch: Batch): Promise<CheckResult[]> {
    this.#piscina ??= this.#start()
    const piscina = this.#piscina
    const abort = new AbortController()
    const timer = setTimeout(() => {
      this.#counters.hung += 1
      abort.abort()
    }, this.#settings.batchTimeoutMs ?? BATCH_TIMEOUT_MS).unref()
    this.messages += 1
    try {
      return await piscina.run(batch, { signal: abort.signal })
    } finally {
      clearTimeout(timer)
    }
  }

  #start(): Piscina<Batch, CheckResult[]> {
    const { threads, maxMemoryBytes } = this.#settings
    const piscina = new Piscina<Batch, CheckResult[]>({
      filename: this.#filename,
      name: 'checkBatch',
      workerData: this.#issuers,
      minThreads: threads,
      maxThreads: threads,
      resourceLimits: { maxOldGenerationSizeMb: maxMemoryBytes / 1_048_576 },
      // The default of 0 ends a thread as soon as it is idle.
      idleTimeout: Number.POSITIVE_INFINITY,
      // The default lets an idle worker block in Atomics.wait, where its own asynchronous crypto would freeze.
      atomics: 'disabled',
      // The batcher sends one message per worker; the queue only holds one while a dead worker is replaced.
      taskQueue: new FixedQueue(),
      maxQueue: threads,
      recordTiming: false,
    })
    // Without a listener, a worker that dies while idle would end the process.
    piscina.on('error', (error: Error) => this.logger.warn({ reason: error.message }, 'A verify worker died'))
    // piscina starts no more workers once one died before it was ready, and would let the batch wait for ever.
    piscina.on('workerDestroy', () => {
      if (!this.#closing) this.#counters.died += 1
      setImmediate(() => this.#dropWhenEmpty(piscina))
    })
    return piscina
  }

  #dropWhenEmpty(piscina: Piscina<Batch, CheckResult[]>): void {
    if (this.#closing || this.#piscina !== piscina || piscina.threads.length > 0) return
    this.#piscina = undefined
    void piscina.destroy()
  }
}

/**
 * The worker's file: beside this module in source; in the built package beside it or above, since shared code may be
 * moved to a folder of chunks. A file made by `gw build` is its own worker (decision 0049).
 * @throws {Error} when it is not there, which happens when the package was bundled by other means.
 */
export function workerFile(from: string): string {
  const bundle = (globalThis as { readonly [BUNDLE]?: string })[BUNDLE]
  if (bundle !== undefined) return bundle
  const places = from.endsWith('.ts') ? ['./worker.ts'] : ['./worker.js', '../worker.js']
  for (const place of places) {
    const path = fileURLToPath(new URL(place, from))
    if (existsSync(path)) return path
  }
  throw new Error(
    'The worker file of @postern/plugin-auth was not found. Keep the package out of bundles (external), or set workers.threads to 0.',
  )
}

function toBatch(jobs: readonly Job[]): Batch {
  const keys: WireKey[] = []
  const places = new Map<string, number>()
  const candidates = jobs.map((job) =>
    job.keys.map((key) => {
      let place = places.get(key.id)
      if (place === undefined) {
        place = keys.push({ id: key.id, jwk: key.jwk }) - 1
        places.set(key.id, place)
      }
      return place
    }),
  )
  return {
    keys,
    candidates,
    tokens: jobs.map((job) => job.token),
    algs: jobs.map((job) => job.alg),
    issuers: jobs.map((job) => job.issuer),
  }
}

/** The worker processes of a gateway: starts them, replaces the ones that die, ends them. */
import cluster from 'node:cluster'
import { messageOf } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { say } from '../output.ts'
import type { Description } from '../start/describe.ts'
import type { ServeOptions } from '../start/served.ts'
import { StartError } from '../start/start-error.ts'
import { Backoff } from './backoff.ts'
import type { LoadOptions, StartFault } from './methods.ts'
import { type Ending, WorkerProcess } from './worker-process.ts'

/** How many workers, and what each of them serves. */
export interface FleetOptions extends Omit<ServeOptions, 'worker' | 'text'> {
  readonly count: number
  /** Whether they note which modules they load. */
  readonly followModules: boolean
}

/** A worker that does not listen after this long is taken for hung. */
const START_MS = 60_000
/** So many starts in a row that came to nothing, with no worker left that listens, and the gateway ends. */
const MOST_FAILED_STARTS = 5
/** How much longer than its exchanges a worker may take to end. */
const CLOSE_MS = 5_000

/** Why a worker does not start; without a code it has crashed, or hung. */
type Fault = Pick<StartFault, 'message'> & Partial<Pick<StartFault, 'exitCode'>>

/** Who wants to know of it. */
export interface FleetEvents {
  /** A worker listens. */
  readonly onListening: (worker: WorkerProcess) => void
  /** A worker has ended. */
  readonly onEnded: (worker: WorkerProcess) => void
}

/** The workers. */
export class Fleet {
  readonly options: FleetOptions
  /** What every new worker gets: the text of the configuration that runs, whatever the file says by now. */
  text: string | undefined
  /** Counts the configurations that ran. */
  revision = 1
  /** What the newest configuration is. */
  description: Description | undefined
  /** How many ended without being asked to. */
  replaced = 0
  readonly #events: FleetEvents
  readonly #places = new Map<number, WorkerProcess>()
  readonly #backoffs = new Map<number, Backoff>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #gaveUp = Promise.withResolvers<ExitCode>()
  readonly #firstListening = Promise.withResolvers<undefined>()
  /**
   * The port that workers ask for. All that share a socket have to ask for the same, so with 0 they all ask for 0; after the
   * last one has died the socket is gone, and the port that it had must be asked for.
   */
  #port: number | undefined
  #failedStarts = 0
  #isClosing = false

  constructor(options: FleetOptions, events: FleetEvents) {
    this.options = options
    this.#events = events
    // Workers accept from one socket. Whoever dies takes along only what it had accepted (decision 0043).
    cluster.schedulingPolicy = cluster.SCHED_NONE
  }

  /** Resolves when no worker can be started. */
  get gaveUp(): Promise<ExitCode> {
    return this.#gaveUp.promise
  }

  get isClosing(): boolean {
    return this.#isClosing
  }

  /** Those that take requests, by their numbers. */
  get listening(): WorkerProcess[] {
    return [...this.#places.values()]
      .filter(({ state }) => state === 'listening')
      .sort((one, other) => one.number - other.number)
  }

  /**
   * Starts all processes, and has the first one listen before the others read anything: what is wrong with the configuration is
   * said once.
   * @throws {StartError} when it cannot start.
   */
  async start(): Promise<void> {
    const [first, ...others] = Array.from({ length: this.options.count }, (_, index) => this.#fork(index + 1))
    if (!first) return
    for (const worker of [first, ...others]) this.#places.set(worker.number, worker)
    const fault = await this.#settle(first)
    if (fault?.exitCode !== undefined) {
      this.kill()
      throw new StartError(fault.message, fault.exitCode)
    }
    const code = await Promise.race([this.#firstListening.promise, this.gaveUp])
    if (code !== undefined) throw new StartError('The gateway did not start', code)
    await Promise.all(others.map((worker) => this.#settle(worker)))
  }

  /**
   * Puts a new process in the place of each worker, one after the other, and drains the old one when the new one listens.
   * @returns why it was given up; what runs then runs on.
   */
  async replaceAll(): Promise<string | undefined> {
    for (const before of this.listening) {
      const next = this.#fork(before.number)
      const fault = await this.#bringUp(next, undefined)
      if (fault) {
        next.kill()
        return fault.message
      }
      this.#places.set(before.number, next)
      this.#onListening(next)
      void this.#drain(before, this.description?.graceMs ?? 0)
    }
    return undefined
  }

  /** Drains all; a worker that is late is ended. */
  async close(graceMs: number): Promise<ExitCode> {
    this.#isClosing = true
    for (const timer of this.#timers) clearTimeout(timer)
    const codes = await Promise.all([...this.#places.values()].map((worker) => this.#drain(worker, graceMs)))
    return codes.every((code) => code === EXIT.ok) ? EXIT.ok : EXIT.failed
  }

  /** Ends all at once. */
  kill(): void {
    this.#isClosing = true
    for (const worker of this.#places.values()) worker.kill()
  }

  /** Has a worker listen in its place. Gives why it does not; then another will. */
  async #settle(worker: WorkerProcess): Promise<Fault | undefined> {
    const fault = await this.#bringUp(worker, this.text)
    if (fault === undefined) this.#onListening(worker)
    return fault
  }

  #fork(number: number): WorkerProcess {
    const worker = new WorkerProcess(number, cluster.fork(), this.revision)
    void worker.ended.then((ending) => this.#onEnded(worker, ending))
    return worker
  }

  /** Has it load and listen. `undefined` when it listens. */
  async #bringUp(worker: WorkerProcess, text: string | undefined): Promise<Fault | undefined> {
    const { count: _, ...options } = this.options
    if (this.listening.length === 0) this.#port = this.description?.port || options.port
    const input: LoadOptions = { ...options, port: this.#port, text, worker: worker.number }
    try {
      const loaded = await worker.call('load', input, START_MS)
      if (!loaded.ok) return loaded
      const bound = await withUmask(this.listening.length === 0 ? loaded.socketMode : undefined, () =>
        worker.call('listen', null, START_MS),
      )
      if (!bound.ok) return bound
      if (this.description === undefined || text === undefined) {
        this.description = bound.description
        this.text = bound.description.text
      }
      worker.state = 'listening'
      return undefined
    } catch (error) {
      worker.kill()
      return { message: `Worker ${worker.number} did not start: ${messageOf(error)}` }
    }
  }

  #onListening(worker: WorkerProcess): void {
    this.#failedStarts = 0
    this.#firstListening.resolve(undefined)
    this.#events.onListening(worker)
  }

  #onEnded(worker: WorkerProcess, ending: Ending): void {
    this.#events.onEnded(worker)
    const { number, pid, state } = worker
    if (this.#isClosing || this.#places.get(number) !== worker) return
    this.#places.delete(number)
    const isOwnWish = state !== 'starting' && ending.code === EXIT.ok
    if (state === 'starting') this.#failedStarts++
    if (this.#failedStarts >= MOST_FAILED_STARTS && this.listening.length === 0) {
      say(`No worker has started in ${MOST_FAILED_STARTS} attempts: giving up`)
      this.#gaveUp.resolve(EXIT.failed)
      return
    }
    const waitMs = isOwnWish ? 0 : this.#backoffOf(number).next(ending.livedMs)
    const how = isOwnWish ? 'drained and ended' : `died (${ending.signal ?? `code ${ending.code}`})`
    say(`Worker ${number} (pid ${pid}) ${how}: another starts in ${(waitMs / 1_000).toFixed(1)} s`)
    this.replaced++
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      const next = this.#fork(number)
      this.#places.set(number, next)
      void this.#settle(next).then((fault) => {
        if (fault && !this.#isClosing) say(fault.message)
      })
    }, waitMs)
    this.#timers.add(timer)
  }

  #backoffOf(number: number): Backoff {
    let backoff = this.#backoffs.get(number)
    if (!backoff) {
      backoff = new Backoff()
      this.#backoffs.set(number, backoff)
    }
    return backoff
  }

  async #drain(worker: WorkerProcess, graceMs: number): Promise<ExitCode> {
    const wasListening = worker.state === 'listening'
    worker.state = 'leaving'
    if (!wasListening) {
      worker.kill()
      await worker.ended
      return EXIT.ok
    }
    const late = setTimeout(() => worker.kill(), graceMs + CLOSE_MS)
    const code = await worker.call('drain', { graceMs }, graceMs + CLOSE_MS).catch(() => undefined)
    const { code: exitCode } = await worker.ended
    clearTimeout(late)
    // It may have been told by the service manager before it was by us.
    return code ?? (exitCode === EXIT.ok ? EXIT.ok : EXIT.failed)
  }
}

/** Between making the file of a unix socket and giving it its rights, it must not stand open to others. */
async function withUmask<T>(socketMode: number | undefined, work: () => Promise<T>): Promise<T> {
  if (socketMode === undefined) return work()
  const umask = process.umask(0o177)
  try {
    return await work()
  } finally {
    process.umask(umask)
  }
}

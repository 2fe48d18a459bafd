/** A worker, as its primary sees it. */
import type { Worker } from 'node:cluster'
import type { ReplyMessage, WorkerMethods } from './methods.ts'

/** How it ended. */
export interface Ending {
  readonly code: number | null
  readonly signal: string | null
  readonly livedMs: number
}

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** A process that serves, from its start to its end. */
export class WorkerProcess {
  /** Its number, 1 and up: whoever takes its place has the same. */
  readonly number: number
  readonly pid: number
  readonly ended: Promise<Ending>
  /** `leaving` once it was asked to drain. */
  state: 'starting' | 'listening' | 'leaving' = 'starting'
  /** Which configuration it has, by the primary's count. */
  revision: number
  readonly #worker: Worker
  readonly #pending = new Map<number, Pending>()
  #calls = 0

  constructor(number: number, worker: Worker, revision: number) {
    this.number = number
    this.pid = worker.process.pid ?? 0
    this.revision = revision
    this.#worker = worker
    const startedMs = performance.now()
    worker.on('message', (message: ReplyMessage) => this.#onReply(message))
    // Its channel may break before its end is known; what was asked is answered by its end.
    worker.on('error', () => {})
    this.ended = new Promise((resolve) => {
      worker.once('exit', (code, signal) => {
        for (const { reject } of this.#pending.values()) reject(new Error('it ended before it answered'))
        this.#pending.clear()
        resolve({ code, signal, livedMs: performance.now() - startedMs })
      })
    })
  }

  /**
   * Asks it for something.
   * @throws {Error} when it failed, ended, or did not answer in time.
   */
  call<TName extends keyof WorkerMethods>(
    method: TName,
    input: Parameters<WorkerMethods[TName]>[0],
    withinMs: number,
  ): Promise<ReturnType<WorkerMethods[TName]>> {
    const call = ++this.#calls
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => settle(() => reject(new Error(`it did not answer within ${withinMs / 1000} s`))),
        withinMs,
      )
      const settle = (how: () => void): void => {
        clearTimeout(timer)
        this.#pending.delete(call)
        how()
      }
      this.#pending.set(call, {
        resolve: (value) => settle(() => resolve(value as ReturnType<WorkerMethods[TName]>)),
        reject: (error) => settle(() => reject(error)),
      })
      if (!this.#worker.isConnected()) settle(() => reject(new Error('it has ended')))
      else this.#worker.send({ call, method, input })
    })
  }

  /** Ends it at once. */
  kill(): void {
    this.#worker.process.kill('SIGKILL')
  }

  #onReply({ reply, value, fault }: ReplyMessage): void {
    const pending = this.#pending.get(reply)
    if (fault === undefined) pending?.resolve(value)
    else pending?.reject(new Error(fault))
  }
}

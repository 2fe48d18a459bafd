import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { FromChild, ToChild } from './messages.ts'

/** How long a process may take to end by itself. */
const STOP_MS = 15_000
/** How much of what a process complained about is kept for the error message. */
const COMPLAINT_CHARS = 4_000

/** A process of ours that answers questions. It is gone when this process is. */
export class Child {
  readonly name: string
  /** Rejects with the reason when it ends unasked. */
  readonly died: Promise<never>
  readonly #process: ChildProcess
  readonly #answers = new Map<number, PromiseWithResolvers<unknown>>()
  readonly #kill = (): void => this.kill()
  #complaints = ''
  #stopping = false
  #asked = 0
  /** What it reports unasked. */
  onEvent: (event: unknown) => void = () => {}

  /**
   * @param file relative to the folder of this workspace.
   * @param execArgv options of node itself.
   */
  constructor(name: string, file: string, execArgv: readonly string[] = []) {
    this.name = name
    this.#process = fork(new URL(`../${file}`, import.meta.url), [], {
      execArgv: [...execArgv],
      env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    })
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-COMPLAINT_CHARS)
    })
    this.#process.on('message', (message: FromChild) => this.#receive(message))
    this.died = this.#watch()
    this.died.catch(() => {})
    process.on('exit', this.#kill)
  }

  /**
   * Asks and waits for the answer.
   * @throws what the process threw, or why it ended.
   */
  ask<T>(question: string, data?: unknown): Promise<T> {
    const id = this.#asked++
    const answer = Promise.withResolvers<unknown>()
    this.#answers.set(id, answer)
    const message: ToChild = { id, question, data }
    // A channel that is closed means a process that ends: `died` has the reason.
    this.#process.send(message, () => {})
    return Promise.race([answer.promise, this.died]) as Promise<T>
  }

  /** Whether it still runs. */
  get alive(): boolean {
    const { pid, exitCode, signalCode } = this.#process
    return pid !== undefined && exitCode === null && signalCode === null
  }

  /** Lets it close what it has; killed by its pid when that takes too long. */
  async stop(): Promise<void> {
    this.#stopping = true
    if (!this.alive) return
    const ended = once(this.#process, 'exit')
    if (this.#process.connected) this.#process.disconnect()
    const late = await Promise.race([ended.then(() => false), delay(STOP_MS, true, { ref: false })])
    if (late) this.kill()
    await ended
  }

  /** Ends it at once, as a crash would. */
  kill(): void {
    this.#stopping = true
    if (this.alive) this.#process.kill('SIGKILL')
  }

  #receive(message: FromChild): void {
    if ('event' in message) {
      this.onEvent(message.event)
      return
    }
    const answer = this.#answers.get(message.id)
    this.#answers.delete(message.id)
    if (message.error === undefined) answer?.resolve(message.value)
    else answer?.reject(new Error(`${this.name}: ${message.error}`))
  }

  #watch(): Promise<never> {
    return new Promise((_, reject) => {
      this.#process.once('error', reject)
      this.#process.once('close', (code, signal) => {
        process.off('exit', this.#kill)
        const unbuilt = /ERR_MODULE_NOT_FOUND[\s\S]*@postern\//.test(this.#complaints)
        const hint = unbuilt ? '; run `npm run build` first' : ''
        const how = this.#stopping ? 'was stopped' : `ended unexpectedly (${signal ?? `code ${code}`})`
        reject(new Error(`${this.name} ${how}${hint}\n${this.#complaints}`))
      })
    })
  }
}

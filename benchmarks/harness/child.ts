import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Command, Ready, Report, ReportOf, ServerParams } from '../servers/messages.ts'

/** How long a process may take to start, and to end by itself. */
const START_MS = 20_000
const STOP_MS = 5_000

/** How much of a process's complaints is kept for the error message. */
const COMPLAINT_CHARS = 2_000

/** A process of the benchmark: its answers, its end, and the reason when it ends unasked. */
export class Child {
  readonly name: string
  readonly #process: ChildProcess
  /** Rejects when the process ends before it was told to. */
  readonly #died: Promise<never>
  #complaints = ''
  #stopping = false
  #ready: Ready | undefined

  /** Starts a file of `servers/`, bound to `core` when there is one. */
  constructor(name: string, file: string, params: ServerParams, core?: number) {
    this.name = name
    const pin =
      core === undefined ? {} : { execPath: 'taskset', execArgv: ['-c', String(core), process.execPath] }
    this.#process = fork(new URL(`../${file}`, import.meta.url), [JSON.stringify(params)], {
      execArgv: [],
      env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      ...pin,
    })
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-COMPLAINT_CHARS)
    })
    this.#died = this.#watch()
    this.#died.catch(() => {})
  }

  /** Waits for its address; a process that cannot start fails here, with what it said. */
  async start(): Promise<Ready> {
    const late = delay(START_MS, undefined, { ref: false }).then(() => {
      throw new Error(`${this.name} did not start within ${START_MS / 1000} s${this.#why()}`)
    })
    this.#ready = await Promise.race([this.next('ready'), late])
    return this.#ready
  }

  /** The process whose CPU time and memory count. */
  get workPid(): number | undefined {
    return this.#ready?.workPid ?? this.#process.pid
  }

  send(command: Command): void {
    if (this.#process.connected) this.#process.send(command)
  }

  /** The next report of that type. */
  next<T extends Report['type']>(type: T): Promise<ReportOf<T>> {
    const reported = new Promise<ReportOf<T>>((resolve) => {
      const take = (report: Report) => {
        if (!isOf(report, type)) return
        this.#process.off('message', take)
        resolve(report)
      }
      this.#process.on('message', take)
    })
    return Promise.race([reported, this.#died])
  }

  /** Ends the process: it may close by itself first, and is killed by its pid when that takes too long. */
  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#ended()) return
    const ended = once(this.#process, 'exit')
    this.send({ type: 'stop' })
    const late = await Promise.race([ended.then(() => false), delay(STOP_MS, true, { ref: false })])
    if (late) this.kill()
    await ended
  }

  /** Ends the process at once, and the one that works for it. */
  kill(): void {
    this.#stopping = true
    if (this.#ended()) return
    this.#process.kill('SIGKILL')
    const worker = this.#ready?.workPid
    if (worker !== undefined) killQuietly(worker)
  }

  #why(): string {
    const unbuilt = /ERR_MODULE_NOT_FOUND[\s\S]*@postern\//.test(this.#complaints)
    return `${unbuilt ? '; run `npm run build` first' : ''}\n${this.#complaints}`
  }

  #ended(): boolean {
    const { pid, exitCode, signalCode } = this.#process
    return pid === undefined || exitCode !== null || signalCode !== null
  }

  #watch(): Promise<never> {
    return new Promise((_, reject) => {
      this.#process.once('error', reject)
      this.#process.once('close', (code, signal) => {
        if (this.#stopping) return
        reject(new Error(`${this.name} ended unexpectedly (${signal ?? `code ${code}`})${this.#why()}`))
      })
    })
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It was gone already.
  }
}

function isOf<T extends Report['type']>(report: Report, type: T): report is ReportOf<T> {
  return report.type === type
}

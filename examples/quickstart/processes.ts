/** Starts and stops the child processes of the quickstart. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** How long a child may take to end before it is killed. */
const STOP_MS = 2_000

/** A child process that listens on an address of its own. */
export class Child {
  readonly name: string
  /** Where it listens. Rejects when it ends before it does. */
  readonly url: Promise<string>
  readonly #process: ChildProcess
  readonly #ended: Promise<void>
  #stopping = false

  /** Starts `file` of this folder. */
  constructor(name: string, file: string, args: readonly string[] = []) {
    this.name = name
    this.#process = fork(fileURLToPath(new URL(file, import.meta.url)), [...args], { serialization: 'json' })
    this.#ended = new Promise((resolve) => {
      this.#process.once('exit', (code, signal) => {
        if (!this.#stopping) console.error(`${name} ended by itself (${signal ?? `exit code ${code}`})`)
        resolve()
      })
    })
    this.url = new Promise((resolve, reject) => {
      this.#process.once('message', (message) => resolve((message as { readonly url: string }).url))
      this.#process.once('error', reject)
      void this.#ended.then(() => reject(new Error(`${name} did not start`)))
    })
    // Whoever waits for the address gets the error; before that nobody may be waiting yet.
    this.url.catch(() => {})
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** Sends it a message. */
  send(message: { readonly gateway: string }): void {
    this.#process.send(message)
  }

  /** Ends it; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#process.connected) this.#process.disconnect()
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_MS)
    await this.#ended
    clearTimeout(timer)
  }
}

/** Runs an example as a user does: `node examples/<name>/<file>`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** An example that runs. */
export class RunningExample implements AsyncDisposable {
  /** Everything that it has written so far, both streams. */
  output = ''
  readonly process: ChildProcess
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>

  /** @param file relative to `examples/`. */
  constructor(file: string, env: Readonly<Record<string, string>> = {}) {
    const path = fileURLToPath(new URL(`../../${file}`, import.meta.url))
    this.process = spawn(process.execPath, ['--conditions=@postern/source', path], {
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const keep = (chunk: Buffer): void => {
      this.output += chunk.toString()
    }
    this.process.stdout?.on('data', keep)
    this.process.stderr?.on('data', keep)
    this.ended = new Promise((resolve) =>
      this.process.once('close', (code, signal) => resolve(code ?? signal)),
    )
  }

  /** Waits until the output matches, and gives the match. Fails when the example ends or 30 s pass before. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = performance.now() + 30_000
    for (;;) {
      const match = pattern.exec(this.output)
      if (match) return match
      if (this.process.exitCode !== null)
        throw new Error(`It ended with ${this.process.exitCode}:\n${this.output}`)
      if (performance.now() > deadline) throw new Error(`It did not print ${pattern}:\n${this.output}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** Ends it, if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGKILL')
    await this.ended
  }
}

/** Whether nothing answers at an address any more; waits up to 5 s for that. */
export async function goneQuiet(url: string): Promise<boolean> {
  const deadline = performance.now() + 5_000
  while (performance.now() < deadline) {
    const answered = await fetch(url).then(
      async (response) => {
        await response.arrayBuffer()
        return true
      },
      () => false,
    )
    if (!answered) return true
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return false
}

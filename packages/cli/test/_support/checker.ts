import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { CheckRequest } from './checker-process.ts'
import type { Finished } from './gw.ts'

/** A process that runs `gw check` for many tests: what it costs to start one is many times what a check costs. */
export interface Checker {
  /** Runs `gw check` in a folder, to its end. One at a time. */
  check(cwd: string, args?: readonly string[]): Promise<Finished>
  /** Ends the process. */
  close(): Promise<void>
}

/** Starts the process. */
export function startChecker(more: NodeJS.ProcessEnv = {}): Checker {
  const { NODE_OPTIONS: _, ...inherited } = process.env
  const env = { ...inherited, ...more }
  const child = fork(fileURLToPath(new URL('checker-process.ts', import.meta.url)), {
    env,
    execArgv: ['--conditions=@postern/source'],
  })
  const ended = once(child, 'exit')
  const died = ended.then(([code]) => {
    throw new Error(`gw check ended its process with ${code}`)
  })
  died.catch(() => {})
  return {
    async check(cwd, args = []) {
      child.send({ cwd, args } satisfies CheckRequest)
      const [finished] = (await Promise.race([once(child, 'message'), died])) as [Finished]
      return finished
    },
    async close() {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}

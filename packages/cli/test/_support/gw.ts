import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { WORKSPACE } from './folder.ts'

/** How `gw` is started: from its sources, or as it was built. */
const SOURCE: readonly string[] = ['--conditions=@postern/source', join(WORKSPACE, 'packages/cli/src/gw.ts')]

/** A finished `gw`. */
export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A running `gw`. */
export interface Running extends AsyncDisposable {
  readonly child: ChildProcess
  /** Where it listens, after `listening()`. */
  readonly stderr: string
  /** Resolves with its URL, or the path of its unix socket, when it says that it listens. */
  listening(): Promise<string>
  /** Resolves when standard error matches; rejects when the process ends first. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  /** Resolves when it has ended. */
  readonly finished: Promise<Finished>
}

/** Options of `gw` under test. */
export interface RunOptions {
  readonly cwd: string
  readonly env?: NodeJS.ProcessEnv
  /** Default: from the sources. */
  readonly entry?: readonly string[]
}

/** Starts `gw`. Dispose of it to end it, whatever state it is in. */
export function startGw(args: readonly string[], { cwd, env = {}, entry = SOURCE }: RunOptions): Running {
  const { NODE_OPTIONS: _, ...inherited } = process.env
  const child = spawn(process.execPath, [...entry, ...args], { cwd, env: { ...inherited, ...env } })
  let stdout = ''
  let stderr = ''
  const watchers = new Set<() => void>()
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
    for (const look of watchers) look()
  })
  const finished = once(child, 'close').then(
    ([code]): Finished => ({ code: code as number | null, stdout, stderr }),
  )

  const says = (pattern: RegExp): Promise<RegExpExecArray> => {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>()
    const look = (): void => {
      const match = pattern.exec(stderr)
      if (match) resolve(match)
    }
    watchers.add(look)
    look()
    void finished.then(({ code }) =>
      reject(new Error(`gw ended with ${code} before it said ${pattern}:\n${stderr}`)),
    )
    return promise.finally(() => watchers.delete(look))
  }
  return {
    child,
    finished,
    says,
    get stderr() {
      return stderr
    },
    listening: async () => (await says(/listening on (\S+)/))[1] ?? '',
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await finished
    },
  }
}

/** Runs `gw` to its end. */
export function runGw(args: readonly string[], options: RunOptions): Promise<Finished> {
  return startGw(args, options).finished
}

/** Whether Node reads these sources as they are: Node 22 knows no `await using`, which is not in what is built. */
export const READS_SOURCES = Number(process.versions.node.split('.')[0]) >= 24

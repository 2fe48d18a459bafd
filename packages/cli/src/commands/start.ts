import cluster from 'node:cluster'
import { availableParallelism } from 'node:os'
import { findConfig } from '../config/find.ts'
import type { ExitCode } from '../exit-codes.ts'
import { runUntilStopped } from '../start/run.ts'
import type { Runner } from '../start/runner.ts'
import type { ServeOptions } from '../start/served.ts'

/** Options of `gw start`. */
export interface StartOptions {
  /** The configuration file. Default: the first that is found. */
  readonly config?: string
  /** Wins over the file's `listen.port`. */
  readonly port?: number
  /** Wins over the file's `listen.host`. */
  readonly host?: string
  /** How many worker processes, `auto` for one per core that the process may use. Default: none, all in this process. */
  readonly workers?: number | 'auto'
  /**
   * `true` also restarts when a module changes that the configuration or a plugin is made of; `false` follows no file.
   * Default: files of the configuration are followed.
   */
  readonly watch?: boolean
  /** Form of log lines. Default: for people on a terminal, JSON elsewhere. */
  readonly log?: 'pretty' | 'json'
}

/** Starts a gateway and keeps it running until a signal ends it. */
export async function start(options: StartOptions): Promise<ExitCode> {
  if (cluster.isWorker) {
    const { runWorker } = await import('../workers/worker.ts')
    return runWorker()
  }
  return runUntilStopped(await startRunner(options), { follow: options.watch !== false })
}

async function startRunner({ config, port, host, workers, watch, log }: StartOptions): Promise<Runner> {
  const options: ServeOptions = {
    file: findConfig(config),
    host,
    port,
    log: log ?? (process.stdout.isTTY ? 'pretty' : 'json'),
  }
  // New code needs a new process: without workers there would be nobody to start it.
  const count = workers === 'auto' ? availableParallelism() : (workers ?? (watch === true ? 1 : undefined))
  if (count === undefined) {
    const [{ load }, { inThisProcess }] = await Promise.all([
      import('../start/served.ts'),
      import('../start/single.ts'),
    ])
    return inThisProcess(await (await load(options)).listen())
  }
  const { startWorkers } = await import('../workers/fleet-runner.ts')
  return startWorkers({ ...options, count, followModules: watch === true })
}

/** A running gateway between its start and its end: what signals and changes of the file do. */

import type { LoadedConfig } from './config/load.ts'
import { displayPath, messageOf } from './errors.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { say } from './output.ts'
import { createReloader, type ReloadOptions } from './reload.ts'
import { type Watcher, watchFiles } from './watch.ts'

/** What runs. */
export interface RunOptions extends Omit<ReloadOptions, 'onReload'> {
  /**
   * What to say as soon as signals and changes of the file are heeded, and not before: others wait for it.
   */
  readonly announcement: string
}

/**
 * npm passes on the SIGINT that a terminal has already sent to every process; within this time they are one.
 */
const SIGINT_ECHO_MS = 100

/** How long running exchanges may go on when the configuration does not say. */
const GRACE_MS = 10_000

/** Runs until SIGTERM or SIGINT, then drains. A second signal ends it at once. */
export async function runUntilStopped({ announcement, ...options }: RunOptions): Promise<ExitCode> {
  const { gateway, config } = options
  const { promise, resolve } = Promise.withResolvers<ExitCode>()
  const watch = ({ files }: LoadedConfig): Watcher =>
    watchFiles(files, reloader.reload, (file, reason) => {
      say(`Changes of ${displayPath(file)} are not seen (${reason}); send SIGHUP to reload`)
    })
  const reloader = createReloader({
    ...options,
    onReload: (loaded) => {
      watcher.close()
      watcher = watch(loaded)
    },
  })
  let watcher = watch(config)

  let stoppedAt: number | undefined
  const stop = (signal: NodeJS.Signals): void => {
    if (stoppedAt !== undefined) {
      if (signal === 'SIGINT' && performance.now() - stoppedAt < SIGINT_ECHO_MS) return
      say(`${signal}: stopped at once`)
      resolve(EXIT.failed)
      return
    }
    stoppedAt = performance.now()
    watcher.close()
    reloader.stop()
    const graceMs = reloader.current.drain.graceMs ?? GRACE_MS
    say(`${signal}: finishing what runs, for at most ${graceMs / 1000} s; a second signal stops at once`)
    gateway.close({ graceMs }).then(
      () => resolve(EXIT.ok),
      (error: unknown) => {
        say(`The gateway did not close cleanly: ${messageOf(error)}`)
        resolve(EXIT.failed)
      },
    )
  }
  process.on('SIGHUP', reloader.reload)
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  say(announcement)
  return promise
}

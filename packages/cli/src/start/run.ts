/** What serves, between its start and its end: what signals, changes of files and operators do. */
import { type AdminListener, listenForOperators } from '../admin/listener.ts'
import type { ReloadOutcome } from '../admin/source.ts'
import { displayPath, messageOf } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { clock, say } from '../output.ts'
import { banner, reloadedBlock } from './banner.ts'
import { oneAtATime } from './one-at-a-time.ts'
import type { Runner } from './runner.ts'
import { watchFiles } from './watch.ts'

/** How changes reach it. */
export interface RunOptions {
  /** Whether a change of the configuration's files reloads it. */
  readonly follow: boolean
}

/**
 * npm passes on the SIGINT that a terminal has already sent to every process; within this time they are one.
 */
const SIGINT_ECHO_MS = 100

/** Runs until SIGTERM or SIGINT, then drains. A second signal ends it at once. */
export async function runUntilStopped(runner: Runner, { follow }: RunOptions): Promise<ExitCode> {
  const { promise, resolve } = Promise.withResolvers<ExitCode>()
  const started = runner.description
  let since = new Date()
  let isStopping = false
  let mustRestart = false

  const change = oneAtATime(async (): Promise<ReloadOutcome> => {
    if (isStopping) return { reloaded: false, message: 'The gateway is shutting down' }
    const restarts = mustRestart
    mustRestart = false
    const beganMs = Date.now()
    const report = restarts && runner.restart ? await runner.restart() : await runner.reload()
    if (isStopping) return { reloaded: false, message: 'The gateway is shutting down' }
    if (!report.ok) {
      const message = `${report.message}\nNot reloaded: still running the configuration of ${clock(since)}`
      watch(report.files, beganMs)
      say(message)
      return { reloaded: false, message }
    }
    since = new Date()
    const { description, ignored } = report
    watch([], beganMs)
    const notes = [...ignored, ...adminNote(description.admin)]
    const message = [reloadedBlock(description, clock(since)), ...notes].join('\n')
    say(message)
    return { reloaded: true, message }
  })
  const adminNote = (wanted: unknown): string[] =>
    JSON.stringify(wanted) === JSON.stringify(started.admin)
      ? []
      : ['What changed in admin is ignored until a restart']

  const blind = (file: string, reason: string): void =>
    say(`Changes of ${displayPath(file)} are not seen (${reason}); send SIGHUP to reload`)
  const configuration = watchFiles(() => void change(), blind)
  const modules = watchFiles(() => {
    mustRestart = true
    void change()
  }, blind)
  const watch = (more: readonly string[] = [], sinceMs?: number): void => {
    if (!follow) return
    const { description } = runner
    configuration.follow([...description.files, ...more], sinceMs)
    modules.follow(description.modules, sinceMs)
  }

  const drain = (why: string): void => {
    isStopping = true
    configuration.close()
    modules.close()
    const { graceMs } = runner.description
    say(`${why}: finishing what runs, for at most ${graceMs / 1000} s; a second signal stops at once`)
    void runner.close(graceMs).then(resolve)
  }
  let stoppedAt: number | undefined
  const stop = (signal: NodeJS.Signals): void => {
    if (stoppedAt !== undefined) {
      if (signal === 'SIGINT' && performance.now() - stoppedAt < SIGINT_ECHO_MS) return
      say(`${signal}: stopped at once`)
      runner.kill()
      resolve(EXIT.failed)
      return
    }
    stoppedAt = performance.now()
    if (!isStopping) drain(signal)
  }

  let admin: AdminListener | undefined
  if (started.admin) {
    try {
      admin = await listenForOperators(started.admin, {
        ...asSource(runner),
        reload: change,
        drain: () => {
          if (!isStopping) drain('Asked by an operator')
        },
      })
    } catch (error) {
      say(`Cannot listen for operators: ${messageOf(error)}`)
      await runner.close(0)
      return EXIT.failed
    }
  }
  watch()
  void runner.gaveUp.then(resolve)
  process.on('SIGHUP', () => void change())
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  // Not before: whoever reads it sends signals, and changes the file.
  say(banner(started, { admin: admin?.address, workers: runner.workers }))
  const code = await promise
  // Last: a probe must be told that it is not ready for as long as something runs.
  await admin?.close()
  return code
}

function asSource(runner: Runner): Pick<Runner, 'readiness' | 'metrics' | 'pages' | 'page'> {
  const { readiness, metrics, pages, page } = runner
  return { readiness, metrics, pages, page }
}

/** Runs the checks of a plugin with one core, in a process of their own. */
import { fork } from 'node:child_process'
import type { CoreCopy } from './cores.ts'
import type { CheckResult, CheckStart, Introduction, RunMessage, RunRequest } from './messages.ts'

/** What came out. */
export interface CoreReport {
  readonly core: CoreCopy
  /** `undefined` when the plugin could not be loaded. */
  readonly plugin: Introduction | undefined
  readonly checks: readonly CheckResult[]
  /** Why there are no more checks. */
  readonly problem: string | undefined
}

/** Nothing was heard for so long: the plugin holds the event loop for ever. */
const SILENCE_MS = 90_000

/** @param gw arguments of Node that start `gw`. */
export async function checkWithCore(core: CoreCopy, request: RunRequest, gw: string): Promise<CoreReport> {
  const child = fork(gw, ['plugin', 'run-checks'], {
    cwd: request.folder,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let noise = ''
  const listen = (chunk: Buffer): void => {
    noise = (noise + chunk.toString()).slice(-2_000)
  }
  child.stdout?.on('data', listen)
  child.stderr?.on('data', listen)

  const checks: CheckResult[] = []
  let plugin: Introduction | undefined
  let problem: string | undefined
  let under: CheckStart | undefined
  let isDone = false
  const silent = setTimeout(() => {
    problem = `It blocks the process${during(under)}`
    child.kill('SIGKILL')
  }, SILENCE_MS)
  child.on('message', (message: RunMessage) => {
    silent.refresh()
    if (message.kind === 'plugin') plugin = message
    else if (message.kind === 'start') under = message
    else if (message.kind === 'check') checks.push(message)
    else if (message.kind === 'impossible') problem = message.message
    else isDone = true
  })
  child.send(request)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  clearTimeout(silent)
  if (!isDone) problem ??= `It ended the process (${code})${during(under)}: ${lastWords(noise)}`
  return { core, plugin, checks, problem }
}

function during(check: CheckStart | undefined): string {
  return check ? ` in the check "${check.name}"` : ''
}

/** The line that says what was thrown, of what Node prints when a process ends by it. */
function lastWords(noise: string): string {
  const lines = noise.split('\n').filter((line) => line.trim() !== '')
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? 'it said nothing'
}

import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { WORKSPACE } from './folder.ts'

/** `script` of util-linux gives a child a terminal of its own. BSD's takes other options. */
export const HAS_TERMINAL: boolean = /util-linux/.test(
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '',
)
if (!HAS_TERMINAL) console.log('script of util-linux is not installed: what needs a terminal is left out')

/** What `gw` is started with. */
export interface TerminalOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Default: 100. */
  readonly columns?: number
  /** Default: 40. */
  readonly rows?: number
}

/** `gw` in a terminal, while it runs. */
export interface Terminal {
  /** All that was shown, as it came. */
  readonly screen: () => string
  /** Called with every piece that is shown. */
  readonly onShown: (listener: () => void) => void
  readonly press: (keys: string) => void
  readonly kill: () => void
  /** Its exit code, when all of its output is there. */
  readonly closed: Promise<number | null>
}

/** Starts `gw` in a terminal. */
export function openTerminal(
  args: readonly string[],
  { cwd, env = {}, columns = 100, rows = 40 }: TerminalOptions = {},
): Terminal {
  const { NODE_OPTIONS: _, NO_COLOR: __, CI: ___, FORCE_COLOR: ____, ...inherited } = process.env
  const entry = join(WORKSPACE, 'packages/cli/src/gw.ts')
  const words = [process.execPath, '--conditions=@postern/source', entry, ...args]
  const command = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
  // A terminal without a person in front of it has no columns: every character would stand on a line of its own.
  const sized = `stty cols ${columns} rows ${rows}; exec ${command}`
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', sized, '/dev/null'], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...inherited, TERM: 'xterm-256color', ...env },
  })
  let raw = ''
  child.stdout.on('data', (chunk: Buffer) => {
    raw += chunk.toString()
  })
  return {
    screen: () => raw,
    onShown: (listener) => void child.stdout.on('data', listener),
    press: (keys) => void child.stdin.write(keys),
    kill: () => void child.kill('SIGKILL'),
    closed: new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', resolve)
    }),
  }
}

/** What to wait for on the screen, and which keys to press then. */
export type Step = readonly [shown: RegExp, keys: string]

/** How it ended. */
export interface Session {
  readonly code: number | null
  /** All that was shown, as it came. */
  readonly raw: string
  /** The same without colours and movements of the cursor. */
  readonly text: string
}

/** Runs `gw` in a terminal, and answers as a person would. */
export async function inTerminal(
  args: readonly string[],
  {
    cwd,
    steps,
    env = {},
  }: { readonly cwd: string; readonly steps: readonly Step[]; readonly env?: NodeJS.ProcessEnv },
): Promise<Session> {
  const terminal = openTerminal(args, { cwd, env })
  const waiting = [...steps]
  let from = 0
  terminal.onShown(() => {
    for (let step = waiting[0]; step; step = waiting[0]) {
      const match = step[0].exec(stripVTControlCharacters(terminal.screen()).slice(from))
      if (!match) break
      from += match.index + match[0].length
      waiting.shift()
      terminal.press(step[1])
    }
  })
  const timer = setTimeout(terminal.kill, 20_000)
  const code = await terminal.closed
  clearTimeout(timer)
  const raw = terminal.screen()
  return { code, raw, text: stripVTControlCharacters(raw) }
}

export const ENTER = '\r'
export const DOWN = '\u001b[B'
export const CTRL_C = '\u0003'

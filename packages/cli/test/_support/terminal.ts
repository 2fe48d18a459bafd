import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { WORKSPACE } from './folder.ts'

/** `script` of util-linux gives a child a terminal of its own. BSD's takes other options. */
export const HAS_TERMINAL: boolean = /util-linux/.test(
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '',
)

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
  const { NODE_OPTIONS: _, NO_COLOR: __, CI: ___, FORCE_COLOR: ____, ...inherited } = process.env
  const entry = join(WORKSPACE, 'packages/cli/src/gw.ts')
  const words = [process.execPath, '--conditions=@postern/source', entry, ...args]
  const command = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
  // A terminal without a person in front of it has no columns: every character would stand on a line of its own.
  const sized = `stty cols 100 rows 40; exec ${command}`
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', sized, '/dev/null'], {
    cwd,
    env: { ...inherited, TERM: 'xterm-256color', ...env },
  })
  let raw = ''
  const waiting = [...steps]
  let from = 0
  child.stdout.on('data', (chunk: Buffer) => {
    raw += chunk.toString()
    for (let step = waiting[0]; step; step = waiting[0]) {
      const match = step[0].exec(stripVTControlCharacters(raw).slice(from))
      if (!match) break
      from += match.index + match[0].length
      waiting.shift()
      child.stdin.write(step[1])
    }
  })
  const timer = setTimeout(() => child.kill(), 20_000)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  clearTimeout(timer)
  return { code, raw, text: stripVTControlCharacters(raw) }
}

export const ENTER = '\r'
export const DOWN = '\u001b[B'
export const CTRL_C = '\u0003'

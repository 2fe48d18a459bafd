/** Since when something stands in a configuration. Decision 0045. */
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { ConfigSource } from '../config/document.ts'

const DAY_MS = 86_400_000

/** A repository on a slow disk must not hold up a check. */
const GIT_TIMEOUT_MS = 10_000

/** Ages of the lines of one file: by `git blame`, where it is in a work tree, else by when the file was last changed. */
export class Ages {
  readonly #source: ConfigSource
  readonly #nowMs: number
  #blamed: ReadonlyMap<number, number> | undefined
  #fileMs: number | undefined

  constructor(source: ConfigSource, nowMs: number) {
    this.#source = source
    this.#nowMs = nowMs
  }

  /** Whole days that the line with this path is old at the least. */
  daysOf(path: readonly PropertyKey[]): number {
    const line = this.#source.locate(path, 'value')?.line
    this.#blamed ??= line === undefined ? new Map() : blame(this.#source.file)
    const sinceMs = (line === undefined ? undefined : this.#blamed.get(line)) ?? this.#lastChangeMs()
    return Math.max(0, Math.floor((this.#nowMs - sinceMs) / DAY_MS))
  }

  /** Of a module there are no lines, and outside of a repository nothing is known of them. */
  #lastChangeMs(): number {
    this.#fileMs ??= lastCommitMs(this.#source.file) ?? statSync(this.#source.file).mtimeMs
    return this.#fileMs
  }
}

/** When each line was committed last, by its number. What is not committed yet is as old as now. */
function blame(file: string): ReadonlyMap<number, number> {
  const lines = new Map<number, number>()
  let number = 0
  for (const line of git(file, ['blame', '--line-porcelain', '-w', '--', basename(file)]).split('\n')) {
    const [, final] = /^\^?[0-9a-f]{40,64} \d+ (\d+)/.exec(line) ?? []
    if (final !== undefined) number = Number(final)
    const [, seconds] = /^committer-time (\d+)$/.exec(line) ?? []
    if (seconds !== undefined) lines.set(number, Number(seconds) * 1000)
  }
  return lines
}

/** `undefined` where the file is not committed as it is. */
function lastCommitMs(file: string): number | undefined {
  if (git(file, ['status', '--porcelain', '--', basename(file)]) !== '') return undefined
  const seconds = git(file, ['log', '-1', '--format=%ct', '--', basename(file)]).trim()
  return /^\d+$/.test(seconds) ? Number(seconds) * 1000 : undefined
}

function git(file: string, args: readonly string[]): string {
  // A repository can name a program for this, which a check must not start.
  const { status, stdout } = spawnSync('git', ['-c', 'core.fsmonitor=false', ...args], {
    cwd: dirname(file),
    encoding: 'utf8',
    timeout: GIT_TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return status === 0 ? stdout : ''
}

/** Runs a JavaScript or TypeScript file where it can do no harm, and reads what it asked its proxy packages for. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { UsageError } from '../errors.ts'
import type { Recording } from './recorder/record.ts'

/** A file that takes longer than this waits for something that is not there. */
const LIMIT_MS = 15_000

/** @throws {UsageError} when the file ends without a word, or does not end. */
export async function recordModule(file: string): Promise<Recording> {
  const child = spawn(process.execPath, [...restrictions(), recorderFile(), file], {
    cwd: dirname(file),
    // What the host was started with (inspectors, loaders) is not for a file that is only looked at.
    env: { ...process.env, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
  try {
    const [said, errors] = await Promise.all([
      text(child.stdio[3] as Readable),
      text(child.stderr as Readable),
    ])
    if (said === '')
      throw new UsageError(
        `${file} could not be run to see what it configures${errors === '' ? '.' : `: ${lastLine(errors)}`}`,
      )
    return JSON.parse(said) as Recording
  } finally {
    clearTimeout(timer)
    child.kill('SIGKILL')
  }
}

/** Reading files is all that it may do: no writing, no network (from Node 25 on), no processes, no native code. */
function restrictions(): string[] {
  const conditions = import.meta.url.endsWith('.ts') ? ['--conditions=@postern/source'] : []
  return ['--permission', '--allow-fs-read=*', ...conditions]
}

/** The process's entry: beside the sources, or beside what was built. */
function recorderFile(): string {
  const places = import.meta.url.endsWith('.ts') ? ['./recorder.ts'] : ['./recorder.js', '../recorder.js']
  const found = places
    .map((place) => fileURLToPath(new URL(place, import.meta.url)))
    .find((path) => existsSync(path))
  if (found === undefined)
    throw new UsageError('A file of @postern/cli is missing (recorder.js). Install it anew.')
  return found
}

function lastLine(errors: string): string {
  return (
    errors
      .trim()
      .split('\n')
      .findLast((line) => /\bError\b/.test(line)) ??
    errors.trim().split('\n').at(-1) ??
    ''
  )
}

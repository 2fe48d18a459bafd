import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A line of an access log. */
export type Line = Readonly<Record<string, unknown>>

/** A folder that goes with the test. */
export async function tempFolder() {
  const path = await mkdtemp(join(tmpdir(), 'postern-log-'))
  return {
    path,
    file: (name: string) => join(path, name),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

/** The lines of a file, each of which must be JSON; none while the file is not there. */
export async function readLines(file: string): Promise<Line[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]))
}

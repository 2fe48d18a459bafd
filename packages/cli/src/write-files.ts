import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { displayPath, messageOf, UsageError } from './errors.ts'

/**
 * Writes files by their paths, with the folders that they need.
 * @throws {UsageError} naming the one that cannot be written.
 */
export async function writeFiles(files: Iterable<readonly [path: string, text: string]>): Promise<void> {
  for (const [path, text] of files) {
    try {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, text)
    } catch (error) {
      throw new UsageError(`${displayPath(path)} cannot be written: ${messageOf(error)}`)
    }
  }
}

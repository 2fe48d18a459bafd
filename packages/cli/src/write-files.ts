import { existsSync } from 'node:fs'
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
      await makeFolder(dirname(path))
      await writeFile(path, text)
    } catch (error) {
      throw new UsageError(`${displayPath(path)} cannot be written: ${messageOf(error)}`)
    }
  }
}

/** With `recursive` Node 26 asks without end where a file system takes no folders, such as /proc, and says that there is no parent. */
async function makeFolder(path: string): Promise<void> {
  if (existsSync(path)) return
  await makeFolder(dirname(path))
  await mkdir(path).catch((error: unknown) => {
    // Somebody else was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  })
}

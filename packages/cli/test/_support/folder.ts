import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the workspace, where all dependencies are installed. */
export const WORKSPACE: string = fileURLToPath(new URL('../../../..', import.meta.url))

/** A folder of real files that goes away with the test. */
export interface Folder extends AsyncDisposable {
  readonly path: string
  /** Writes a file and gives its absolute path. */
  write(name: string, text: string): Promise<string>
}

/**
 * Makes a folder with files. With `installed`, what the workspace has installed can be imported from it, as
 * after `npm install` in that folder; without, nothing can.
 */
export async function folder(files: Readonly<Record<string, string>>, installed = true): Promise<Folder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'postern-cli-')))
  const write = async (name: string, text: string): Promise<string> => {
    const file = join(path, name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
    return file
  }
  if (installed) await symlink(join(WORKSPACE, 'node_modules'), join(path, 'node_modules'), 'junction')
  for (const [name, text] of Object.entries(files)) await write(name, text)
  return { path, write, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

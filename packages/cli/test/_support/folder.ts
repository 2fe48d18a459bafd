import { mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
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
  /** Makes a link, or swaps it in one step as Kubernetes does. */
  link(target: string, name: string): Promise<void>
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
  const link = async (target: string, name: string): Promise<void> => {
    await symlink(target, join(path, `${name}_tmp`))
    await rename(join(path, `${name}_tmp`), join(path, name))
  }
  if (installed) await symlink(join(WORKSPACE, 'node_modules'), join(path, 'node_modules'), 'junction')
  for (const [name, text] of Object.entries(files)) await write(name, text)
  return { path, write, link, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

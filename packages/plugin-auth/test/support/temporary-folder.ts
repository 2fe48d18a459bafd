import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder that goes with the test. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string
  /** Makes a folder in it. */
  make(name: string): Promise<void>
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'postern-auth-'))
  return {
    path,
    make: (name) => mkdir(join(path, name)),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  }
}

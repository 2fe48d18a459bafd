import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Folder, folder } from './folder.ts'

const run = promisify(execFile)

/** A folder with a git history that the test writes. */
export interface Repository extends Folder {
  /** Writes files, and commits all changes as of a day. */
  commit(day: string, files: Readonly<Record<string, string>>): Promise<void>
  /** Runs git in it. */
  git(...args: readonly string[]): Promise<void>
}

/** Makes an empty repository, without anything of the machine's own configuration of git. */
export async function repository(): Promise<Repository> {
  const place = await folder({}, false)
  const git = async (args: readonly string[], date?: string): Promise<void> => {
    const env = {
      PATH: process.env['PATH'],
      HOME: place.path,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@example.org',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@example.org',
      ...(date === undefined ? {} : { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }),
    }
    await run('git', args, { cwd: place.path, env })
  }
  await git(['init', '-q'])
  return {
    ...place,
    git: (...args) => git(args),
    async commit(day, files) {
      for (const [name, text] of Object.entries(files)) await place.write(name, text)
      await git(['add', '-A'])
      await git(['commit', '-q', '-m', 'a change'], `${day}T12:00:00Z`)
    },
  }
}

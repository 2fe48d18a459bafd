/** One of the two configurations: a file, or what a revision of git has in its place. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { basename, dirname, extname, resolve } from 'node:path'
import { promisify } from 'node:util'
import { findConfig } from '../config/find.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { messageOf, UsageError } from '../errors.ts'

/** Above this nothing is read: it is no configuration. */
const MAX_BYTES = 32 * 1024 * 1024

/** A configuration to compare. */
export interface Side {
  /** As it was asked for. */
  readonly name: string
  readonly config: LoadedConfig
}

/**
 * Loads it. Files that a revision's configuration names (modules, secrets) are those that are there now.
 *
 * @param given a path, or `REV:path`, where the path starts at the current folder.
 * @throws {ConfigError} when it is not valid.
 * @throws {UsageError} when it cannot be read.
 */
export async function loadSide(given: string): Promise<Side> {
  const [, revision, path] = /^([^:]+):(.+)$/.exec(given) ?? []
  if (revision === undefined || path === undefined || existsSync(given))
    return { name: given, config: await loadConfig(findConfig(given)) }
  if (!['.yaml', '.yml', '.json'].includes(extname(path)))
    throw new UsageError(
      `${given}: a module needs its imports, too. Check the revision out (git worktree add ../old ${revision}) and compare the files.`,
    )
  return { name: given, config: await loadConfig(resolve(path), await textAt(revision, path)) }
}

async function textAt(revision: string, path: string): Promise<string> {
  // git would read it as an option.
  if (revision.startsWith('-')) throw new UsageError(`${revision} is no revision of git.`)
  const file = resolve(path)
  try {
    const { stdout } = await promisify(execFile)('git', ['show', `${revision}:./${basename(file)}`], {
      cwd: dirname(file),
      maxBuffer: MAX_BYTES,
    })
    return stdout
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
    throw new UsageError(
      `${revision}:${path} cannot be read: ${said === '' ? messageOf(error) : said.replace(/^fatal: /, '')}`,
    )
  }
}

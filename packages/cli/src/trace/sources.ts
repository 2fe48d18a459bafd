/** Which logs a command reads: what it was given, or the file that the configuration logs to. */
import { EventEmitter, once } from 'node:events'
import { constants } from 'node:fs'
import { access, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { TraceSource } from '@postern/plugin-trace/reconstruct'
import type { LoadedConfig } from '../config/load.ts'
import { isRecord } from '../config/validate.ts'
import { displayPath, messageOf, UsageError } from '../errors.ts'
import { say } from '../output.ts'
import { printable } from './text.ts'

/** Turns arguments into sources. @throws {UsageError} for a path that cannot be read, and when nothing is known to read. */
export async function sourcesOf(
  given: readonly string[],
  config: string | undefined,
): Promise<TraceSource[]> {
  if (given.length === 0) return configuredLog(config)
  for (const path of given) if (path !== '-') await mustBeReadable(path)
  return given.map((path) => (path === '-' ? process.stdin : path))
}

/** Looks, and opens nothing: a pipe gives what it has only once. */
async function mustBeReadable(path: string): Promise<void> {
  try {
    const isSocket = (await stat(path)).isSocket()
    if (isSocket) throw new UsageError(`${printable(path)} cannot be read: it is a socket.`)
    await access(path, constants.R_OK)
  } catch (error) {
    if (error instanceof UsageError) throw error
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(
      code === 'ENOENT'
        ? `There is no file or folder ${printable(path)}.`
        : `${printable(path)} cannot be read: ${code === 'EACCES' ? 'this user may not' : messageOf(error)}.`,
    )
  }
}

/** The log file of the configuration, and what a rotation left beside it. */
async function configuredLog(given: string | undefined): Promise<TraceSource[]> {
  // Loads the gateway itself, so only when it is needed.
  const [{ findConfig }, { loadConfig }] = await Promise.all([
    import('../config/find.ts'),
    import('../config/load.ts'),
  ])
  const file = given === undefined ? tryTo(() => findConfig(undefined)) : findConfig(given)
  const log = file === undefined ? undefined : await logFileOf(await loadConfig(file))
  if (log === undefined)
    throw new UsageError(
      'Give log files or folders, or - for standard input. ' +
        `${file === undefined ? 'There is no configuration here that names one' : `${displayPath(file)} logs to no file`}; ` +
        'gw start writes its log to standard output: gw start >> access.log',
    )
  const folder = dirname(log)
  const isPart = (name: string): boolean => name === basename(log) || name.startsWith(`${basename(log)}.`)
  const files = (await readdir(folder).catch(() => [])).filter(isPart).map((name) => join(folder, name))
  if (files.length === 0)
    throw new UsageError(`There is no ${displayPath(log)} yet, to which ${displayPath(String(file))} logs.`)
  say(`Reading ${files.map((path) => printable(displayPath(path))).join(', ')}`)
  return files
}

/** The access log's own file, else that of the logger. */
async function logFileOf({ plugins, options }: LoadedConfig): Promise<string | undefined> {
  const trace = plugins.find(({ definition }) => definition.name === '@postern/plugin-trace')
  const accessLog = isRecord(trace?.options) ? trace.options['accessLog'] : undefined
  const destination = isRecord(accessLog) ? accessLog['destination'] : undefined
  return typeof destination === 'string' ? resolve(destination) : loggerFile(options.logger)
}

/** Where a pino logger writes, when that is a file: its stream is a SonicBoom, which says so in `file` once it is open. */
async function loggerFile(logger: unknown): Promise<string | undefined> {
  if (typeof logger !== 'object' || logger === null) return undefined
  const key = Object.getOwnPropertySymbols(logger).find(({ description }) => description === 'pino.stream')
  const stream = key === undefined ? undefined : (logger as Readonly<Record<symbol, unknown>>)[key]
  if (!(stream instanceof EventEmitter) || !('file' in stream)) return undefined
  if (stream.file === null && '_opening' in stream && stream._opening === true) await once(stream, 'ready')
  return typeof stream.file === 'string' ? stream.file : undefined
}

function tryTo<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof UsageError) return undefined
    throw error
  }
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { WORKSPACE } from './folder.ts'

/** A service in a process of its own, whose log is a file. */
export interface Service {
  readonly url: string
  /** Ends it; its log is complete then. */
  stop(): Promise<void>
}

/** Starts `_support/service.ts`. */
export async function startService(name: string, logFile: string, calls?: string): Promise<Service> {
  const file = join(WORKSPACE, 'packages/cli/test/_support/service.ts')
  const args = ['--conditions=@postern/source', file, name, ...(calls === undefined ? [] : [calls])]
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const log = child.stdout.pipe(createWriteStream(logFile))
  const written = finished(log)
  const [line] = (await once(child.stderr, 'data')) as [Buffer]
  return {
    url: line.toString().trim(),
    async stop() {
      child.kill('SIGTERM')
      await written
    },
  }
}

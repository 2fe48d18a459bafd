import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** The machine of a run, as the result file names it. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly system: string
}

/** Above this share of the cores, the load average makes a run meaningless. */
export const MAX_LOAD_SHARE = 0.5

/** Describes this machine, without its name. */
export function describeMachine(): Machine {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
  }
}

/** The load average of the last minute; 0 where the system keeps none. */
export function loadAverage(): number {
  return os.loadavg()[0] ?? 0
}

/** Why this machine is too busy for a run, or nothing when it is quiet enough. */
export function tooBusy(load: number, cores: number): string | undefined {
  const limit = MAX_LOAD_SHARE * cores
  if (load <= limit) return undefined
  return `the load average is ${load.toFixed(2)}, above ${limit.toFixed(1)} (${MAX_LOAD_SHARE} per core, ${cores} cores)`
}

/** The commit of the checkout, marked when files differ from it; `unknown` outside of one. */
export function currentCommit(): string {
  try {
    const args = ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*']
    return execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return 'unknown'
  }
}

/** Whether the PATH leads to an executable of that name. */
export function onPath(command: string): boolean {
  return (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, command), constants.X_OK)
      return folder !== ''
    } catch {
      return false
    }
  })
}

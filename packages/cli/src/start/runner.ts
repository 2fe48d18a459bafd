/** What runs behind `gw start`: one gateway in this process, or workers. Signals, files and operators drive both alike. */
import type { AdminSource } from '../admin/source.ts'
import type { ExitCode } from '../exit-codes.ts'
import type { Description } from './describe.ts'
import type { ReloadReport } from './served.ts'

/** Something that serves. */
export interface Runner extends Pick<AdminSource, 'readiness' | 'metrics' | 'pages' | 'page'> {
  /** What runs now. */
  readonly description: Description
  /** Workers in words, for the banner; `undefined` without. */
  readonly workers: string | undefined
  /** Resolves when it has ended without being asked to. */
  readonly gaveUp: Promise<ExitCode>
  /** Takes over what the file says now, everywhere or nowhere. Never throws. */
  readonly reload: () => Promise<ReloadReport>
  /** Starts new processes in place of those that run, with new code; `undefined` where there are none. Never throws. */
  readonly restart: (() => Promise<ReloadReport>) | undefined
  /** Finishes what runs, for at most so long. */
  readonly close: (graceMs: number) => Promise<ExitCode>
  /** Ends whatever still runs, at once. */
  readonly kill: () => void
}

/** Where lines go: the gateway's logger, or a file of their own. */
import type { Logger } from '@postern/core'
import type { LineFormat, Written } from './formats.ts'
import { MESSAGE } from './line.ts'
import type { LogFile } from './log-file.ts'

/** Writes lines that have some fields in common. */
export interface Outlet {
  /** Writes one line: these fields, and the common ones. */
  write(fields: Written): void
}

/** Lines through a logger, which adds time, level and what else it is made to add. */
export function toLogger(logger: Logger, common: Written): Outlet {
  const child = logger.child(common)
  return { write: (fields) => child.info(fields, MESSAGE) }
}

/** Lines to a file. Whatever is the same on all of them is text already. */
export function toFile(file: LogFile, format: LineFormat, name: string, common: Written): Outlet {
  const rest = JSON.stringify({ ...format.envelope(name, 'info', MESSAGE), ...common }).slice(1)
  return {
    write: (fields) => {
      const text = JSON.stringify(fields)
      file.write(`{${format.time(Date.now())},${text.slice(1, -1)},${rest}\n`)
    },
  }
}

/** The line that tells of lost ones, in a file's own format. */
export function lostLine(format: LineFormat, name: string, lines: number): string {
  const fields = JSON.stringify({ ...format.envelope(name, 'warn', 'lost'), ...format.lost(lines) })
  return `{${format.time(Date.now())},${fields.slice(1)}\n`
}

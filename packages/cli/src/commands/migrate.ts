import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { displayPath, UsageError } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Change, Draft } from '../migrate/draft.ts'
import { migrate as read } from '../migrate/migrate.ts'
import { ALWAYS, toConfig, toReport, toYaml } from '../migrate/write.ts'
import { print, say } from '../output.ts'
import { counted, jsonText, printable } from '../trace/text.ts'
import { writeFiles } from '../write-files.ts'

/** Options of `gw migrate`. */
export interface MigrateOptions {
  /** Folder that gets the files. */
  readonly out?: string
  /** Write over what is there. */
  readonly force?: true
  /** Print everything as JSON, and write nothing. */
  readonly json?: true
}

/**
 * Writes a configuration that does what the file of another gateway does, and the list of what will change.
 *
 * @returns 0 when nothing is left to fill in, 1 when something is, 2 when the file cannot be read or files are in the way.
 */
export async function migrate(source: string, options: MigrateOptions): Promise<ExitCode> {
  const file = resolve(source)
  if (!existsSync(file)) throw new UsageError(`There is no file ${source}.`)
  const draft = await read(file)
  const isOpen = draft.changes.some(({ kind }) => kind === 'open')
  if (options.json) print(jsonText(toData(draft)))
  else await write(draft, displayPath(file), options)
  return isOpen ? EXIT.failed : EXIT.ok
}

function toData(draft: Draft): unknown {
  return {
    config: toConfig(draft),
    changes: [...draft.changes, ...ALWAYS],
    environment: [...draft.env],
    files: [...draft.files.keys()],
  }
}

async function write(draft: Draft, source: string, { out, force }: MigrateOptions): Promise<void> {
  const folder = resolve(out ?? '.')
  const files = new Map([
    ['gateway.yaml', toYaml(draft, source)],
    ['MIGRATION.md', toReport(draft, source)],
    ...draft.files,
  ])
  const inTheWay = [...files.keys()].filter((name) => existsSync(join(folder, name)))
  if (inTheWay.length > 0 && !force)
    throw new UsageError(
      `${inTheWay.map((name) => displayPath(join(folder, name))).join(', ')} is there already. Write over it with --force, or elsewhere with --out FOLDER.`,
    )
  await writeFiles([...files].map(([name, text]) => [join(folder, name), text]))
  const count = (kind: Change['kind']): Change[] => draft.changes.filter((change) => change.kind === kind)
  say(
    `Wrote ${[...files.keys()].map((name) => displayPath(join(folder, name))).join(', ')}: ${counted(draft.routes.length, 'route')} to ${counted(draft.services.size, 'service')}.`,
  )
  for (const [kind, words] of [
    ['open', 'To fill in'],
    ['lost', 'Cannot be said in configuration'],
  ] as const)
    for (const { option, what, where } of count(kind))
      print(printable(`${words}: ${option}: ${what}${where ? ` (${where})` : ''}`))
  say(
    `${counted(count('changed').length + ALWAYS.length, 'more behaviour')} will differ: MIGRATION.md has all. Next: gw check`,
  )
}

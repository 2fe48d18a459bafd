/** `gw plugin new`: writes the package of a new plugin. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { displayPath, messageOf, UsageError } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { print } from '../output.ts'
import { jsonText } from '../trace/text.ts'
import { writeFiles } from '../write-files.ts'
import { type PluginPlan, planPlugin } from './plan.ts'
import { packageFiles } from './template/package-files.ts'
import { pages } from './template/pages.ts'
import { sources } from './template/sources.ts'
import { tests } from './template/tests.ts'

/** Options of `gw plugin new`. */
export interface PluginNewOptions extends Pick<PluginPlan, 'fault' | 'schema' | 'license'> {
  /** Folder to write to. Default: the last part of the name. */
  readonly dir?: string
  /** Write over files that are there. Default: false. */
  readonly force?: boolean
  /** Print JSON. Default: false. */
  readonly json?: boolean
}

/** @returns 0 when it is written, 2 when the name or the folder cannot be used. */
export async function pluginNew(name: string, options: PluginNewOptions): Promise<ExitCode> {
  const plan = planPlugin(name, options)
  const folder = resolve(options.dir ?? plan.folder)
  if (!options.force) await mustBeEmpty(folder)
  const files = { ...packageFiles(plan), ...sources(plan), ...tests(plan), ...pages(plan) }
  await writeFiles(Object.entries(files).map(([path, text]) => [join(folder, path), text]))
  if (options.json) print(jsonText({ name, folder, files: Object.keys(files).toSorted() }))
  else print(nextSteps(name, displayPath(folder), Object.keys(files)))
  return EXIT.ok
}

async function mustBeEmpty(folder: string): Promise<void> {
  const there = await readdir(folder).catch((error: unknown) => {
    if (!existsSync(folder)) return []
    throw new UsageError(`${displayPath(folder)} cannot be used: ${messageOf(error)}`)
  })
  if (there.length > 0)
    throw new UsageError(
      `${displayPath(folder)} is not empty. Name another with --dir, or write over it with --force.`,
    )
}

function nextSteps(name: string, folder: string, files: readonly string[]): string {
  return [
    `${name} is in ${folder}, ${files.length} files. Next:`,
    `  cd ${folder}`,
    '  npm install',
    '  npm run build',
    '  npm test',
    '  npx gw plugin check',
    'Then write what it does in src/plugin.ts; README.md has the rest.',
  ].join('\n')
}

/** `gw plugin new`: writes the package of a new plugin. */
import { existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { displayPath, messageOf, UsageError } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { print, say } from '../output.ts'
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
  try {
    const plan = planPlugin(name, options)
    const folder = resolve(options.dir ?? plan.folder)
    if (!options.force) await mustBeEmpty(folder)
    const files = { ...packageFiles(plan), ...sources(plan), ...tests(plan), ...pages(plan) }
    for (const [path, text] of Object.entries(files)) {
      const file = join(folder, path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
    }
    if (options.json) print(JSON.stringify({ name, folder, files: Object.keys(files).toSorted() }, null, 2))
    else print(nextSteps(name, displayPath(folder) || '.', Object.keys(files)))
    return EXIT.ok
  } catch (error) {
    say(messageOf(error))
    return EXIT.usage
  }
}

async function mustBeEmpty(folder: string): Promise<void> {
  const there = existsSync(folder) ? await readdir(folder) : []
  if (there.length > 0)
    throw new UsageError(
      `${displayPath(folder) || 'This folder'} is not empty. Name another with --dir, or write over it with --force.`,
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

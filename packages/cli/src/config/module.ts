import { pathToFileURL } from 'node:url'
import { bundledConfig } from '../bundled.ts'
import type { ConfigSource } from './document.ts'
import { importedWhole } from './import-module.ts'
import type { ConfigIssue } from './issues.ts'

let loads = 0

/**
 * Runs a TypeScript or JavaScript configuration and takes its export `config`, or the default export.
 * TypeScript needs no build: Node strips the types.
 *
 * Each load runs the file itself anew, but for one that is built into a bundle. What it imports runs once per process; a change there needs a restart.
 */
export async function readModule(file: string): Promise<ConfigSource> {
  const url = pathToFileURL(file)
  // Without a new query Node would give the module of the first load again, and a reload would change
  // nothing.
  url.search = `gw=${++loads}`
  try {
    const module = (await importedWhole(bundledConfig(file)?.module?.() ?? import(url.href))) as Readonly<
      Record<string, unknown>
    >
    const data = module['config'] ?? module['default']
    const problems: ConfigIssue[] =
      data === undefined
        ? [{ path: [], message: 'It exports no config. Write: export const config = defineConfig({ … })' }]
        : []
    return { file, data, problems, text: undefined, locate: () => undefined, line: () => undefined }
  } catch (error) {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    const problem: ConfigIssue = { path: [], message, ...placeIn(error, url.href) }
    return {
      file,
      data: undefined,
      problems: [problem],
      text: undefined,
      locate: () => undefined,
      line: () => undefined,
    }
  }
}

/** Where in the file it was thrown, as far as the stack tells. */
function placeIn(error: unknown, url: string): Pick<ConfigIssue, 'position'> {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const start = stack.indexOf(`${url}:`)
  const [, line, column] = /^:(\d+)(?::(\d+))?/.exec(start < 0 ? '' : stack.slice(start + url.length)) ?? []
  return line === undefined ? {} : { position: { line: Number(line), column: Number(column ?? 1) } }
}

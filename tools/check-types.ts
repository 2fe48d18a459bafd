/**
 * Type-checks every workspace and these tools, and refuses a tsconfig.json that softens the shared settings:
 * one package that opts out of a flag hands its loose types to every other.
 */
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { report } from './lib/report.ts'
import { binOf, runNode } from './lib/run.ts'
import { ROOT, readText, workspaces } from './lib/workspace.ts'

/** What a tsconfig.json of a workspace may set; everything else is decided once, in tsconfig.base.json. */
const ALLOWED = new Set(['rootDir', 'outDir', 'types', 'allowJs', 'checkJs'])

/** Settings of one tsconfig that are not its own to make. */
export function findOptOuts(file: string, text: string): string[] {
  const config = JSON.parse(text) as {
    readonly extends?: unknown
    readonly compilerOptions?: Readonly<Record<string, unknown>>
  }
  const base =
    typeof config.extends === 'string' && /(^|\/)tsconfig\.(base|build)\.json$/.test(config.extends)
  const own = Object.keys(config.compilerOptions ?? {}).filter((option) => !ALLOWED.has(option))
  return [
    ...(base ? [] : [`${file}: must extend tsconfig.base.json or tsconfig.build.json`]),
    ...own.map((option) => `${file}: sets '${option}', which is decided in tsconfig.base.json`),
  ]
}

async function checkFolder(folder: string): Promise<string[]> {
  const configs = ['tsconfig.json', 'tsconfig.build.json']
    .map((name) => join(folder, name))
    .filter((file) => folder !== '.' || file === 'tsconfig.json')
  const present = configs.filter((file) => existsSync(join(ROOT, file)))
  if (!present.includes(join(folder, 'tsconfig.json')))
    return hasCode(folder) ? [`${folder}: has no tsconfig.json`] : []
  const optOuts = present.flatMap((file) => findOptOuts(file, readText(file)))
  const { code, output } = await runNode(binOf('typescript', 'bin/tsc'), [
    '-p',
    folder,
    '--noEmit',
    '--pretty',
    'false',
  ])
  return [...optOuts, ...(code === 0 ? [] : [output.trim()])]
}

/** A workspace may be made of other files, such as manifests to deploy with. */
function hasCode(folder: string): boolean {
  return globSync('**/*.{ts,mts}', { cwd: join(ROOT, folder), exclude: ['**/node_modules/**'] }).length > 0
}

if (import.meta.main) {
  const folders = ['.', ...workspaces().map(({ folder }) => folder)]
  const problems: string[] = []
  // One at a time: the compiler uses every core by itself.
  for (const folder of folders) problems.push(...(await checkFolder(folder)))
  report({ problems, summary: `${folders.length} projects` })
}

/**
 * Holds the public surface of each package to `packages/<name>/etc/exports.txt`, so that what users may rely on
 * never changes by accident. Every export and every field needs a doc comment, and no library's type may show.
 *
 * After a change that was meant: `node tools/check-exports.ts --update`, and commit the file with the change.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PUBLIC_LIBRARY_TYPES } from './layers.ts'
import { type PublicApi, readPublicApi, type Surface } from './lib/public-api.ts'
import { report } from './lib/report.ts'
import { publishedPackages, ROOT, type Workspace } from './lib/workspace.ts'

/** The declaration file of every public subpath. */
export function entriesOf({ manifest }: Pick<Workspace, 'manifest'>): Map<string, string> {
  const entries = new Map<string, string>()
  for (const [subpath, target] of Object.entries(manifest.exports ?? {})) {
    const types = typeof target === 'string' ? undefined : target['types']
    if (types !== undefined) entries.set(manifest.name + subpath.slice(1), types.replace(/^\.\//, ''))
  }
  return entries
}

/** The text of an exports.txt. */
export function toSnapshot(surfaces: readonly Surface[]): string {
  return surfaces.map(({ subpath, exports }) => `${[`# ${subpath}`, ...exports].join('\n')}\n`).join('\n')
}

/** One line per export that was added or taken away. */
export function compareSnapshots(written: string, current: string): string[] {
  const before = lines(written)
  const now = lines(current)
  const gone = [...before].filter((line) => !now.has(line)).map((line) => `- ${line}`)
  const added = [...now].filter((line) => !before.has(line)).map((line) => `+ ${line}`)
  return [...gone, ...added]
}

function lines(snapshot: string): Set<string> {
  const found = new Set<string>()
  let subpath = ''
  for (const line of snapshot.split(/\r?\n/)) {
    if (line.startsWith('# ')) subpath = line.slice(2)
    else if (line !== '') found.add(`${line}  (${subpath})`)
  }
  return found
}

/** The problems of one package, without those of its snapshot. */
export function problemsOf(name: string, { undocumented, libraryTypes }: PublicApi): string[] {
  return [
    ...undocumented.map((path) => `${name}: ${path} has no doc comment`),
    ...libraryTypes.map((path) => `${name}: public type names a library's type: ${path}`),
  ]
}

function checkSnapshot(folder: string, current: string, update: boolean): string[] {
  const file = join(ROOT, folder, 'etc', 'exports.txt')
  if (update) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, current)
  }
  const written = existsSync(file) ? readFileSync(file, 'utf8') : ''
  return compareSnapshots(written, current).map(
    (line) => `${folder}/etc/exports.txt: ${line} (meant? run: node tools/check-exports.ts --update)`,
  )
}

if (import.meta.main) {
  const update = process.argv.includes('--update')
  let count = 0
  const problems = publishedPackages().flatMap((workspace) => {
    const { folder, manifest } = workspace
    const entries = entriesOf(workspace)
    const missing = [...entries.values()].filter((file) => !existsSync(join(ROOT, folder, file)))
    if (missing.length > 0) return missing.map((file) => `${folder}/${file} does not exist: npm run build`)
    const api = readPublicApi({ folder: join(ROOT, folder), entries, allowed: PUBLIC_LIBRARY_TYPES })
    count += api.surfaces.flatMap(({ exports }) => exports).length
    return [...checkSnapshot(folder, toSnapshot(api.surfaces), update), ...problemsOf(manifest.name, api)]
  })
  report({ problems, summary: `${count} exports${update ? ', snapshots written' : ''}` })
}

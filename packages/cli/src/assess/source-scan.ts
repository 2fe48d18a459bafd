/** Looks through repositories for ways to authenticate. */
import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { MANIFESTS, type Scheme, type Sign, SOURCE, signsInManifest, signsInSource } from './auth-patterns.ts'
import { serviceOfPath, type WalkLimits, walk } from './walk.ts'

/** A sign with its place. */
export interface Finding {
  readonly scheme: Scheme
  /** Library or header. */
  readonly by: string
  readonly service: string
  readonly file: string
  readonly line: number
}

/** What was found in all repositories. */
export interface SourceReport {
  readonly files: number
  readonly findings: readonly Finding[]
  /** Folders with a manifest of their own: services, as far as source tells. */
  readonly services: readonly string[]
  /** Folders with a manifest by repository, to tell whose file is whose. */
  readonly folders: ReadonlyMap<string, ReadonlySet<string>>
  /** Whether time or files ran out. */
  readonly isCut: boolean
}

/** Generated and bundled files are larger than what people write. */
const MAX_BYTES = 512 * 1024
/** Longer lines are made by machines. */
const MAX_LINE = 2_000
/** Of one sign in one service so many places are kept. */
const MAX_PLACES = 3

/** Scans the repositories one after another. */
export async function scanSource(
  repositories: readonly string[],
  limits: WalkLimits,
  onFile: (count: number) => void = () => undefined,
): Promise<SourceReport> {
  const findings: Finding[] = []
  const places = new Map<string, number>()
  const services = new Set<string>()
  const folders = new Map<string, ReadonlySet<string>>()
  let files = 0
  for (const root of repositories) {
    const repository = basename(root)
    const paths: string[] = []
    for await (const path of walk(root, limits)) paths.push(path)
    const own = new Set(paths.filter((path) => isManifest(path)).map((path) => path.replace(/\/?[^/]*$/, '')))
    folders.set(root, own)
    // A manifest at the root that has others below it only ties them together.
    for (const folder of own)
      if (folder !== '' || own.size === 1) services.add(folder === '' ? repository : basename(folder))
    for (const path of paths) {
      if (performance.now() > limits.deadline) break
      if (!isManifest(path) && !SOURCE.test(path)) continue
      const file = join(root, path)
      if ((await stat(file)).size > MAX_BYTES) continue
      onFile(++files)
      const service = serviceOfPath(repository, path, own)
      for (const finding of signsIn(path, await readFile(file, 'utf8'))) {
        const key = `${service}\0${finding.scheme}\0${finding.by}`
        const known = places.get(key) ?? 0
        places.set(key, known + 1)
        if (known < MAX_PLACES) findings.push({ ...finding, service, file })
      }
    }
  }
  return {
    files,
    findings,
    services: [...services].sort(),
    folders,
    isCut: performance.now() > limits.deadline,
  }
}

function isManifest(path: string): boolean {
  return MANIFESTS.some(([name]) => name.test(basename(path)))
}

/** Signs in the text of a file, with their lines. */
function signsIn(path: string, text: string): (Sign & { readonly line: number })[] {
  const lines = text.split(/\r?\n/)
  return lines.flatMap((line, index) => {
    if (line.length > MAX_LINE) return []
    if (isManifest(path))
      return signsInManifest(basename(path), line).map((sign) => ({ ...sign, line: index + 1 }))
    const near = lines.slice(Math.max(0, index - 2), index + 4).join('\n')
    return signsInSource(line, near).map((sign) => ({ ...sign, line: index + 1 }))
  })
}

/** Looks through repositories for ways to authenticate. */
import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { MANIFESTS, type Scheme, SOURCE, signsInManifest, signsInSource } from './auth-patterns.ts'
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
  /** Whether time or files ran out. */
  readonly isCut: boolean
}

/** Generated and bundled files are larger than what people write. */
const MAX_BYTES = 512 * 1024
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
  let files = 0
  for (const root of repositories) {
    const repository = basename(root)
    for await (const path of walk(root, limits)) {
      const name = basename(path)
      const isManifest = MANIFESTS.some(([pattern]) => pattern.test(name))
      if (!isManifest && !SOURCE.test(name)) continue
      const file = join(root, path)
      if ((await stat(file)).size > MAX_BYTES) continue
      onFile(++files)
      const service = serviceOfPath(repository, path)
      if (isManifest) services.add(service)
      const lines = (await readFile(file, 'utf8')).split(/\r?\n/)
      for (const [index, line] of lines.entries()) {
        if (line.length > 2_000) continue
        const near = lines.slice(Math.max(0, index - 2), index + 4).join('\n')
        for (const sign of isManifest ? signsInManifest(name, line) : signsInSource(line, near)) {
          const key = `${service}\0${sign.scheme}\0${sign.by}`
          const known = places.get(key) ?? 0
          places.set(key, known + 1)
          if (known < MAX_PLACES) findings.push({ ...sign, service, file, line: index + 1 })
        }
      }
    }
  }
  // Where a service has a manifest of its own, the repository around it is none.
  for (const root of repositories)
    if (services.size > 1 && services.has(basename(root)) && repositories.length === 1)
      services.delete(basename(root))
  return { files, findings, services: [...services].sort(), isCut: performance.now() > limits.deadline }
}

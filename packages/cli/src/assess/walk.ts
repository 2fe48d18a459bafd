/** Files of a repository that people wrote. */
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'

const SKIPPED =
  /^(?:node_modules|\..*|dist|build|out|target|vendor|bin|obj|coverage|__pycache__|venv|tests?|__tests__|spec|fixtures?|mocks?|examples?|docs?|e2e|cypress)$/i
const TEST_FILE =
  /[._-](?:test|spec|mock|stories)\.[\w]+$|^test_|_test\.(?:go|py)$|(?:Test|Tests|IT)\.(?:java|kt|cs)$/

/** How long a walk may be. */
export interface WalkLimits {
  /** `performance.now()` from which on nothing more is read. */
  readonly deadline: number
  readonly maxFiles: number
}

/** A file, by its path below the root, with `/`. */
export async function* walk(root: string, limits: WalkLimits): AsyncGenerator<string> {
  const folders = ['']
  let count = 0
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    const entries = []
    for await (const entry of await opendir(join(root, folder))) entries.push(entry)
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) {
        if (!SKIPPED.test(entry.name)) folders.push(path)
      } else if (entry.isFile() && !TEST_FILE.test(entry.name)) {
        if (performance.now() > limits.deadline || ++count > limits.maxFiles) return
        yield path
      }
    }
  }
}

/** Folders that hold services, or files that are named after them. */
const HOLDERS =
  /(?:^|\/)(?:services?|apps?|packages|cmd|backends?|microservices|charts|deploy(?:ments?)?|k8s|kubernetes|environments?|config|[\w-]*manifests|templates)\/([\w.-]+?)(?:\/|\.(?:ya?ml|json|toml|env|properties)$)/i

/**
 * The service that a file belongs to: the nearest folder with a manifest of its own, else a folder or file below `services/`, `k8s/` and
 * the like, else the repository.
 *
 * @param folders with manifests, by their paths below the root; the root itself is ''.
 */
export function serviceOfPath(
  repository: string,
  path: string,
  folders: ReadonlySet<string> = new Set(),
): string {
  for (let folder = path.replace(/\/?[^/]*$/, ''); folder !== ''; folder = folder.replace(/\/?[^/]*$/, ''))
    if (folders.has(folder)) return folder.replace(/^.*\//, '')
  const name = HOLDERS.exec(path)?.[1]
  return name === undefined ? repository : name.replace(/^\.env\.?/, '') || repository
}

/** Where things are: the workspaces, their manifests and the files of the project. */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Absolute path of the project, without a slash at its end. */
export const ROOT: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** The parts of a package.json that the checks read. */
export interface Manifest {
  readonly name: string
  readonly version?: string
  readonly private?: boolean
  readonly license?: string
  readonly engines?: Readonly<Record<string, string>>
  readonly workspaces?: readonly string[]
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

/** A workspace: its folder relative to the root (`packages/core`) and its manifest. */
export interface Workspace {
  readonly folder: string
  readonly manifest: Manifest
}

/** Every workspace that the root package.json names, sorted by folder. */
export function workspaces(): Workspace[] {
  const patterns = readJson<Manifest>('package.json').workspaces ?? []
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
    .map((folder) => folder.replaceAll(sep, '/'))
    .filter((folder) => existsSync(join(ROOT, folder, 'package.json')))
    .sort()
    .map((folder) => ({ folder, manifest: readJson<Manifest>(`${folder}/package.json`) }))
}

/** The workspaces that are published. */
export function publishedPackages(): Workspace[] {
  return workspaces().filter(({ manifest }) => manifest.private !== true)
}

/** Reads a file of the project; the path is relative to the root. */
export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** Reads a JSON file of the project; the caller names the shape that it relies on. */
export function readJson<T>(path: string): T {
  return JSON.parse(readText(path)) as T
}

const SKIPPED = new Set(['node_modules', 'dist', '.git', '.turbo', '.vitest', 'coverage'])

/** Every file below `folder` that a person or a tool of ours wrote, relative to the root, with forward slashes. */
export function projectFiles(folder = ''): string[] {
  const found: string[] = []
  const walk = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (SKIPPED.has(entry.name)) continue
      const child = join(path, entry.name)
      if (entry.isDirectory()) walk(child)
      else if (entry.isFile()) found.push(relative(ROOT, child).replaceAll(sep, '/'))
    }
  }
  if (existsSync(join(ROOT, folder))) walk(join(ROOT, folder))
  return found.sort()
}

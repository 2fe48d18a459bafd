/**
 * Holds what the packages depend on: exact versions, one version per library, a bounded range for every peer,
 * a lockfile that names no host, and a stated reason for each library that a user installs with a package.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { report } from './lib/report.ts'
import { type Manifest, ROOT, readJson, readText, type Workspace, workspaces } from './lib/workspace.ts'

/** A version, also of a library under another name. */
const EXACT = /^(?:npm:[@\w./-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/
const OURS = /^@postern\//

/** Versions that are not exact, peers without an upper end. */
export function findLoosePins({ folder, manifest }: Workspace): string[] {
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = manifest
  const pinned = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
  return [
    ...pinned
      .filter(([name, version]) => !OURS.test(name) && !EXACT.test(version))
      .map(([name, version]) => `${folder}/package.json: ${name} is '${version}': pin it exactly`),
    ...Object.entries(peerDependencies ?? {})
      .filter(([, range]) => !/^[\^~]\d|<\s*\d/.test(range))
      .map(([name, range]) => `${folder}/package.json: peer ${name} '${range}' has no upper end`),
  ]
}

/** Libraries that two workspaces want in different versions. */
export function findSplitVersions(all: readonly Workspace[]): string[] {
  const wanted = new Map<string, Map<string, string[]>>()
  for (const { folder, manifest } of all) {
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      if (OURS.test(name)) continue
      const versions = wanted.get(name) ?? new Map<string, string[]>()
      versions.set(version, [...(versions.get(version) ?? []), folder])
      wanted.set(name, versions)
    }
  }
  return [...wanted]
    .filter(([, versions]) => versions.size > 1)
    .map(
      ([name, versions]) =>
        `${name} has several versions: ${[...versions].map(([version, folders]) => `${version} in ${folders.join(', ')}`).join('; ')}`,
    )
}

/** Dependencies whose reason the README does not give: a line or table row with the name in backticks and a few words. */
export function findUnexplained(folder: string, manifest: Manifest, readme: string): string[] {
  const names = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(
    (name) => !OURS.test(name),
  )
  return names
    .filter(
      (name) =>
        !readme.split('\n').some((line) => line.includes(`\`${name}\``) && wordsBeside(line, name) >= 3),
    )
    .map(
      (name) => `${folder}/README.md: says no reason for \`${name}\` (one line that names it in backticks)`,
    )
}

function wordsBeside(line: string, name: string): number {
  return line.replace(`\`${name}\``, '').match(/[A-Za-z]{2,}/g)?.length ?? 0
}

/** Entries of the lockfile that name where a tarball came from. Links between workspaces are fine. */
export function findHosts(lock: {
  readonly packages: Readonly<Record<string, { readonly resolved?: string; readonly link?: boolean }>>
}): string[] {
  return Object.entries(lock.packages)
    .filter(([, entry]) => entry.resolved !== undefined && entry.link !== true)
    .map(
      ([path, entry]) =>
        `package-lock.json: ${path} is resolved to ${entry.resolved}: reinstall with the project's .npmrc`,
    )
}

if (import.meta.main) {
  const all = workspaces()
  const root: Workspace = { folder: '.', manifest: readJson<Manifest>('package.json') }
  const published = all.filter(({ manifest }) => manifest.private !== true)
  const unexplained = published.flatMap(({ folder, manifest }) => {
    const file = `${folder}/README.md`
    return findUnexplained(folder, manifest, existsSync(join(ROOT, file)) ? readText(file) : '')
  })
  report({
    problems: [
      ...[root, ...all].flatMap(findLoosePins),
      ...findSplitVersions([root, ...all]),
      ...unexplained,
      ...findHosts(readJson('package-lock.json')),
    ],
    summary: `${all.length + 1} manifests`,
  })
}

/**
 * Proves, from the manifests and the lockfile alone, that a lean choice of packages stays lean: tracing installs no
 * token library and no worker pool, authentication installs no telemetry.
 *
 * `npm pack` publishes a manifest as it stands, so what is read here is what npm resolves for a user.
 */
import { report } from './lib/report.ts'
import { type Manifest, publishedPackages, readJson } from './lib/workspace.ts'

/** What a user installs together, and what must then not be there. */
export const CHOICES: readonly { readonly packages: readonly string[]; readonly without: RegExp }[] = [
  { packages: ['@postern/core'], without: /^(jose|piscina|@opentelemetry\/.*|commander|yaml)$/ },
  { packages: ['@postern/core', '@postern/plugin-trace'], without: /^(jose|piscina|commander|yaml)$/ },
  { packages: ['@postern/core', '@postern/plugin-auth'], without: /^(@opentelemetry\/.*|commander|yaml)$/ },
  {
    packages: ['@postern/core', '@postern/plugin-routing'],
    without: /^(jose|piscina|@opentelemetry\/.*|commander|yaml)$/,
  },
  { packages: ['@postern/core', '@postern/cli'], without: /^(jose|piscina|@opentelemetry\/.*)$/ },
]

/** The `packages` of a package-lock.json. */
export type Lock = Readonly<Record<string, Manifest>>

/** Everything that npm installs for the named packages: dependencies, optional ones, and peers that are not optional. */
export function closureOf(names: readonly string[], own: readonly Manifest[], lock: Lock): Set<string> {
  const installed = new Set<string>()
  const add = (name: string, from: string): void => {
    const mine = own.find((manifest) => manifest.name === name)
    const path = mine ? '' : locate(name, from, lock)
    const manifest = mine ?? (path === undefined ? undefined : lock[path])
    const key = mine ? name : (path ?? name)
    if (installed.has(key)) return
    installed.add(key)
    if (!manifest) return
    for (const next of needs(manifest)) add(next, path ?? '')
  }
  for (const name of names) add(name, '')
  return new Set([...installed].map((key) => key.replace(/^.*node_modules\//, '')))
}

function needs({
  dependencies,
  optionalDependencies,
  peerDependencies,
  peerDependenciesMeta,
}: Manifest): string[] {
  const peers = Object.keys(peerDependencies ?? {}).filter(
    (name) => peerDependenciesMeta?.[name]?.optional !== true,
  )
  return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]
}

/** Node's own search: the folder of the importer first, then each folder above it. */
function locate(name: string, from: string, lock: Lock): string | undefined {
  for (let base = from; ; base = base.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, '')) {
    const path = `${base === '' ? '' : `${base}/`}node_modules/${name}`
    if (lock[path]) return path
    if (base === '') return undefined
  }
}

/** What is installed although it should not be. */
export function findHeavy(own: readonly Manifest[], lock: Lock): string[] {
  return CHOICES.flatMap(({ packages, without }) =>
    [...closureOf(packages, own, lock)]
      .filter((name) => without.test(name))
      .map((name) => `${packages.join(' + ')} installs ${name}`),
  )
}

if (import.meta.main) {
  const own = publishedPackages().map(({ manifest }) => manifest)
  const lock = readJson<{ readonly packages: Lock }>('package-lock.json').packages
  const notes = CHOICES.map(
    ({ packages }) => `${packages.join(' + ')}: ${closureOf(packages, own, lock).size} packages`,
  )
  report({ problems: findHeavy(own, lock), notes, summary: `${CHOICES.length} choices` })
}

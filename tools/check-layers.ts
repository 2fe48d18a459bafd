/**
 * Holds the imports of every package to `tools/layers.ts`: direction between packages, floors inside core,
 * one owner per library, no way around a package's `exports`, no import cycles.
 */
import { posix } from 'node:path'
import { CORE_TIERS, OWNERS, PACKAGES, type Tier } from './layers.ts'
import { findCycles } from './lib/cycles.ts'
import { type Import, readImports } from './lib/imports.ts'
import { report } from './lib/report.ts'
import { projectFiles, ROOT } from './lib/workspace.ts'

const CORE = 'packages/core/src/'

/** Every rule that the imports break, one line each. */
export function findViolations(imports: readonly Import[]): string[] {
  const edges = imports.map((entry) => ({ ...entry, to: targetOf(entry) }))
  const broken = edges.flatMap((edge) => [
    packageRule(edge),
    tierRule(edge),
    ownerRule(edge),
    deepRule(edge),
    testRule(edge),
  ])
  const cycles = findCycles(edges.filter(({ kind, to }) => kind !== 'type' && to.includes('/src/')))
  return [
    ...broken.filter((line) => line !== undefined),
    ...cycles.map((files) => `import cycle: ${files.join(' -> ')}`),
  ]
}

interface Edge extends Import {
  /** The imported file of ours relative to the root, or a package's folder for `@postern/*`, else the specifier. */
  readonly to: string
}

function targetOf({ from, specifier }: Import): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier)
  const own = /^@postern\/([^/]+)(\/.*)?$/.exec(specifier)
  return own ? `packages/${own[1]}` : specifier
}

/** `packages/core` of `packages/core/src/index.ts`, or the file itself where no workspace is meant. */
function packageOf(path: string): string {
  return /^((packages|examples)\/[^/]+|benchmarks|reliability)(?=\/|$)/.exec(path)?.[0] ?? path
}

function packageRule(edge: Edge): string | undefined {
  const from = packageOf(edge.from)
  const to = packageOf(edge.to)
  const ours = /^(packages|examples|benchmarks|reliability)(\/|$)/
  if (!ours.test(to) || from === to) return undefined
  const rule = PACKAGES.find((candidate) => candidate.from.test(from))
  if (!rule) return undefined
  const isTest = !edge.from.startsWith(`${from}/src/`)
  const allowed =
    rule.may.test(to) || (isTest && rule.tests?.test(to)) || (edge.kind !== 'value' && rule.dynamic?.test(to))
  return allowed ? undefined : at(edge, `imports ${to}: ${rule.because}`)
}

function tierRule(edge: Edge): string | undefined {
  if (!edge.from.startsWith(CORE) || !edge.to.startsWith(CORE)) return undefined
  const from = unitOf(edge.from)
  const to = unitOf(edge.to)
  if (from === to) return undefined
  const upper = tierOf(from)
  const lower = tierOf(to)
  const step = CORE_TIERS.indexOf(lower) - CORE_TIERS.indexOf(upper)
  if (step > 0 || (step === 0 && upper.together)) return undefined
  return at(
    edge,
    `${upper.name} '${from}' imports ${lower.name} '${to}': core goes ${CORE_TIERS.map(({ name }) => name).join(' -> ')}`,
  )
}

/** The file or folder directly in core's `src`: `upstream` of `upstream/forward.ts`, `errors` of `errors.ts`. */
function unitOf(path: string): string {
  return path.slice(CORE.length).replace(/\/.*$|\.[^./]+$/, '')
}

function tierOf(unit: string): Tier {
  const tier =
    CORE_TIERS.find(({ units }) => units.includes(unit)) ??
    CORE_TIERS.find(({ units }) => units.includes('*'))
  if (!tier) throw new Error(`tools/layers.ts has no floor for '${unit}'`)
  return tier
}

function ownerRule(edge: Edge): string | undefined {
  if (!/^packages\/[^/]+\/src\//.test(edge.from)) return undefined
  const library = /^(@[^/]+\/[^/]+|[^./@][^/]*)/.exec(edge.specifier)?.[0] ?? ''
  const owner = OWNERS.find((candidate) => candidate.library.test(library))
  if (!owner || owner.at.test(edge.from)) return undefined
  if (edge.kind === 'type' && owner.types?.test(edge.from)) return undefined
  return at(edge, `imports ${library}, which has another owner (tools/layers.ts)`)
}

function deepRule(edge: Edge): string | undefined {
  const around = /^@postern\/[^/]+\/(src|dist)(\/|$)/.test(edge.specifier)
  const across =
    edge.specifier.startsWith('.') &&
    edge.to.startsWith('packages/') &&
    packageOf(edge.from) !== packageOf(edge.to)
  return around || across
    ? at(edge, `reaches into a package with '${edge.specifier}': import what its exports offer`)
    : undefined
}

function testRule(edge: Edge): string | undefined {
  const leaves =
    /^packages\/[^/]+\/src\//.test(edge.from) && /^packages\/[^/]+\/(test|bench|dist)\//.test(edge.to)
  return leaves
    ? at(edge, `imports ${edge.to}: sources do not depend on tests or on what was built`)
    : undefined
}

function at({ from, line }: Edge, message: string): string {
  return `${from}:${line} ${message}`
}

if (import.meta.main) {
  const files = ['packages', 'examples', 'benchmarks', 'reliability']
    .flatMap((folder) => projectFiles(folder))
    .filter((file) => /\.[cm]?tsx?$/.test(file))
  const imports = readImports(ROOT, files)
  report({ problems: findViolations(imports), summary: `${files.length} files, ${imports.length} imports` })
}

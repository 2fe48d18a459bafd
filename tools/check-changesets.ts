/**
 * Holds the release settings: packages are versioned on their own, and a plugin is not forced to a new major version
 * by every minor of core. Then reads the changesets themselves, and asks the tool where git can answer it.
 */
import { spawnSync } from 'node:child_process'
import { report } from './lib/report.ts'
import { binOf, runNode } from './lib/run.ts'
import { projectFiles, publishedPackages, ROOT, readJson, readText } from './lib/workspace.ts'

interface Config {
  readonly fixed?: readonly unknown[]
  readonly linked?: readonly unknown[]
  readonly ignore?: readonly unknown[]
  readonly access?: string
  readonly baseBranch?: string
  readonly ___experimentalUnsafeOptions_WILL_CHANGE_IN_PATCH?: Readonly<Record<string, unknown>>
}

/** Settings that would tie the versions together. */
export function findConfigProblems(config: Config): string[] {
  const file = '.changeset/config.json'
  const unsafe = config.___experimentalUnsafeOptions_WILL_CHANGE_IN_PATCH ?? {}
  return [
    ...(config.fixed?.length === 0
      ? []
      : [`${file}: 'fixed' must be []: packages are versioned on their own`]),
    ...(config.linked?.length === 0
      ? []
      : [`${file}: 'linked' must be []: packages are versioned on their own`]),
    ...(config.ignore?.length === 0
      ? []
      : [`${file}: 'ignore' must be []: an ignored package is never released`]),
    ...(config.access === 'public' ? [] : [`${file}: 'access' must be 'public'`]),
    ...(config.baseBranch === 'main' ? [] : [`${file}: 'baseBranch' must be 'main'`]),
    ...(unsafe['onlyUpdatePeerDependentsWhenOutOfRange'] === true
      ? []
      : [
          `${file}: 'onlyUpdatePeerDependentsWhenOutOfRange' must be true, or each minor of core forces a major on every plugin`,
        ]),
  ]
}

/** What is wrong with one changeset file. */
export function findChangesetProblems(file: string, text: string, packages: readonly string[]): string[] {
  const parts = /^---\r?\n([\s\S]*?)\r?\n---\r?\n([\s\S]*)$/.exec(text)
  if (!parts) return [`${file}: has no front matter`]
  const [, front = '', summary = ''] = parts
  const rows = front.split(/\r?\n/).filter((line) => line.trim() !== '')
  return [
    ...rows.flatMap((row) => findRowProblems(file, row, packages)),
    ...(summary.trim() === ''
      ? [`${file}: says nothing; write the line that a user reads in the changelog`]
      : []),
  ]
}

function findRowProblems(file: string, row: string, packages: readonly string[]): string[] {
  const [, name = '', bump = ''] = /^['"]?([^'":]+)['"]?:\s*(\w+)\s*$/.exec(row) ?? []
  return [
    ...(packages.includes(name) ? [] : [`${file}: '${row}' names no published package`]),
    ...(/^(patch|minor|major|none)$/.test(bump)
      ? []
      : [`${file}: '${row}' is no patch, minor, major or none`]),
  ]
}

/** What to compare with: a clone may have no main, or one without a common past, and a new repository no commit at all. */
function baseRef(): string | undefined {
  return ['origin/main', 'main', 'HEAD'].find((ref) => git('merge-base', 'HEAD', ref) !== undefined)
}

function git(...args: string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

/**
 * Asks the tool itself. On a branch a changed package needs a changeset of that branch. On main, edits that are not
 * committed yet may belong to a changeset that is already there, so only real errors count.
 */
async function askTool(base: string): Promise<string[]> {
  const { code, output } = await runNode(binOf('@changesets/cli', 'bin.js'), ['status', '--since', base], {
    NO_COLOR: '1',
  })
  const onBase = git('rev-parse', base) === git('rev-parse', 'HEAD')
  if (code === 0 || (onBase && output.includes('no changesets were found'))) return []
  return [`changeset status --since ${base}:\n${output.trim()}`]
}

if (import.meta.main) {
  const packages = publishedPackages().map(({ manifest }) => manifest.name)
  const files = projectFiles('.changeset').filter(
    (file) => file.endsWith('.md') && !file.endsWith('README.md'),
  )
  const base = baseRef()
  report({
    problems: [
      ...findConfigProblems(readJson<Config>('.changeset/config.json')),
      ...files.flatMap((file) => findChangesetProblems(file, readText(file), packages)),
      ...(base === undefined ? [] : await askTool(base)),
    ],
    summary: `${files.length} changesets${base === undefined ? ', no commit to compare with' : ` since ${base}`}`,
  })
}

/**
 * Holds what JSON Schema says of options to their doc comments: `option-docs.ts` of each package is made from them, and only of
 * the types that a schema of the package names.
 *
 * After a change of a doc comment: `node tools/check-option-docs.ts --update`, and commit the file with the change.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readOptionDocs, type TypeDocs } from './lib/option-docs.ts'
import { report } from './lib/report.ts'
import { binOf } from './lib/run.ts'
import { projectFiles, ROOT, readText } from './lib/workspace.ts'

/** The file of each package that has one. */
const TARGETS: readonly string[] = [
  'packages/core/src/option-docs.ts',
  'packages/plugin-trace/src/option-docs.ts',
  'packages/plugin-routing/src/options/option-docs.ts',
  'packages/plugin-auth/src/option-docs.ts',
  'packages/cli/src/config/option-docs.ts',
]

/** Names that the schemas of a source describe: `optionsOf('Timeouts', {…})`. */
export function describedTypes(source: string): string[] {
  return [...source.matchAll(/\b(?:optionsOf|described)\(\s*'(\w+)'/g)].map((match) => match[1] ?? '')
}

/**
 * The text of an `option-docs.ts`, not yet formatted.
 * @param described whether the package needs the function of that name beside `optionsOf`.
 */
export function render(docs: Readonly<Record<string, TypeDocs>>, described: boolean): string {
  return `/**
 * What the options mean, for JSON Schema. Made from their doc comments by tools/check-option-docs.ts: change those, then run it
 * with --update.
 */
import * as v from 'valibot'

const DOCS = ${JSON.stringify(docs)} as const

type Docs = typeof DOCS

/** A field without a doc comment does not compile. */
type Undocumented<TEntries, TName extends keyof Docs> = {
  readonly [TKey in Exclude<keyof TEntries, keyof Docs[TName]>]: never
}

/** The entries of an object schema, each with the words and the default of its field's doc comment. */
${described ? 'export ' : ''}function described<TName extends keyof Docs, TEntries extends v.ObjectEntries>(
  name: TName,
  entries: TEntries & Undocumented<TEntries, TName>,
): TEntries {
  const all: Record<string, v.ObjectEntries[string]> = { ...entries }
  for (const [key, doc] of Object.entries(DOCS[name])) {
    const entry = all[key]
    if (entry) all[key] = v.pipe(entry as v.GenericSchema, v.metadata(doc))
  }
  return all as TEntries
}

/** The schema of an object of options that refuses unknown keys. */
export function optionsOf<TName extends keyof Docs, const TEntries extends v.ObjectEntries>(
  name: TName,
  entries: TEntries & Undocumented<TEntries, TName>,
): v.StrictObjectSchema<TEntries, undefined> {
  return v.strictObject(described(name, entries))
}
`
}

function format(file: string, text: string): string {
  const args = [binOf('@biomejs/biome', 'bin/biome'), 'format', `--stdin-file-path=${file}`]
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    input: text,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${file} cannot be formatted: ${stderr}`)
  return stdout
}

function problemsOf(target: string, update: boolean): string[] {
  const sources = projectFiles(target.replace(/\/src\/.*/, '/src')).filter(
    (file) => file.endsWith('.ts') && file !== target,
  )
  const texts = sources.map(readText)
  const names = [...new Set(texts.flatMap(describedTypes))].sort()
  const made = format(
    target,
    render(
      readOptionDocs(ROOT, sources, names),
      texts.some((text) => text.includes('described(')),
    ),
  )
  if (update) writeFileSync(join(ROOT, target), made)
  const written = existsSync(join(ROOT, target)) ? readText(target) : ''
  return written === made
    ? []
    : [`${target} is not what the doc comments say: run node tools/check-option-docs.ts --update`]
}

if (import.meta.main) {
  const update = process.argv.includes('--update')
  report({
    problems: TARGETS.flatMap((target) => problemsOf(target, update)),
    summary: `${TARGETS.length} packages${update ? ', written' : ''}`,
  })
}

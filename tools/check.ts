/**
 * Runs every check, two at a time, and prints one line for each as it ends. A failing check shows all that it said;
 * the others still run, so that one round shows everything there is to mend.
 *
 * `npm run check` runs all, `npm run check -- layers docs` only those, `npm run check -- --update` also rewrites the
 * export snapshots and option docs. `--summary FILE` writes the counts as JSON.
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { binOf, type Finished, runNode } from './lib/run.ts'

interface Check {
  readonly name: string
  /** A file for this Node, and its arguments. */
  readonly command: readonly [file: string, ...args: string[]]
  /** Reads what `build` made, so it waits for it and fails with it. */
  readonly built?: true
}

const { values, positionals } = parseArgs({
  options: { update: { type: 'boolean', default: false }, summary: { type: 'string' } },
  allowPositionals: true,
})

const ALL: readonly Check[] = [
  { name: 'build', command: ['tools/turbo.mjs', 'run', 'build'] },
  {
    name: 'format',
    command: [binOf('@biomejs/biome', 'bin/biome'), 'ci', '--colors=off', '--max-diagnostics=40', '.'],
  },
  { name: 'layers', command: ['tools/check-layers.ts'] },
  { name: 'dependencies', command: ['tools/check-dependencies.ts'] },
  { name: 'install', command: ['tools/check-install.ts'] },
  { name: 'docs', command: ['tools/check-docs.ts'] },
  { name: 'changesets', command: ['tools/check-changesets.ts'] },
  {
    name: 'option-docs',
    command: ['tools/check-option-docs.ts', ...(values.update ? ['--update'] : [])],
  },
  {
    name: 'unused',
    command: [binOf('knip', 'bin/knip.js'), '--no-progress', '--no-config-hints'],
  },
  { name: 'types', command: ['tools/check-types.ts'], built: true },
  {
    name: 'lint',
    command: [
      binOf('oxlint', 'bin/oxlint'),
      '--type-aware',
      '--deny-warnings',
      '--report-unused-disable-directives',
    ],
    built: true,
  },
  {
    name: 'exports',
    command: ['tools/check-exports.ts', ...(values.update ? ['--update'] : [])],
    built: true,
  },
  { name: 'pack', command: ['tools/check-pack.ts'], built: true },
]

const unknown = positionals.filter((name) => !ALL.some((check) => check.name === name))
if (unknown.length > 0) {
  console.error(
    `No check is called ${unknown.join(', ')}. There are: ${ALL.map(({ name }) => name).join(', ')}`,
  )
  process.exit(2)
}
const wanted = ALL.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
const needsBuild = wanted.some(({ built }) => built) && !wanted.some(({ name }) => name === 'build')
const selected = needsBuild ? [...ALL.filter(({ name }) => name === 'build'), ...wanted] : wanted

const failed: string[] = []
const build = Promise.withResolvers<boolean>()
const waiting = [...selected]
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, lane))

console.log(
  failed.length === 0
    ? `All ${selected.length} checks passed.`
    : `${failed.length} of ${selected.length} checks failed: ${failed.join(', ')}`,
)
if (values.summary !== undefined) {
  writeFileSync(
    values.summary,
    JSON.stringify({ passed: selected.length - failed.length, failed: failed.length }),
  )
}
process.exitCode = failed.length === 0 ? 0 : 1

/** Takes checks from the list until it is empty. */
async function lane(): Promise<void> {
  for (let check = waiting.shift(); check; check = waiting.shift()) {
    const started = performance.now()
    const ready = check.built ? await build.promise : true
    const [file, ...args] = check.command
    const result = ready ? await runNode(file, args) : { code: 1, output: 'not run: the build failed' }
    if (check.name === 'build') build.resolve(result.code === 0)
    show(check.name, result, performance.now() - started)
  }
}

function show(name: string, { code, output }: Finished, milliseconds: number): void {
  const lines = output.trimEnd().split('\n')
  const time = `${(milliseconds / 1000).toFixed(1)} s`.padStart(7)
  if (code === 0) {
    const notes = lines.filter((line) => line.startsWith('  @postern/'))
    const own = ALL.find((check) => check.name === name)?.command[0].startsWith('tools/') ?? false
    console.log(
      [`ok    ${name.padEnd(13)}${time}   ${own ? (lines.at(-1) ?? '') : ''}`.trimEnd(), ...notes].join('\n'),
    )
    return
  }
  failed.push(name)
  console.log(`FAIL  ${name.padEnd(13)}${time}\n${lines.map((line) => `    ${line}`).join('\n')}`)
}

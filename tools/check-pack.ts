/**
 * Packs every published package and looks at the tarball as a user's tools would: publint, attw, and our own rules
 * on what must be in it (README, LICENSE) and what must not (maps, tests, sources, paths of this machine, a
 * library that belongs to another package).
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { findMachineTrace } from './lib/machine.ts'
import { report } from './lib/report.ts'
import { binOf, runNode, runNpm } from './lib/run.ts'
import { readTarball } from './lib/tarball.ts'
import { publishedPackages, readJson, type Workspace } from './lib/workspace.ts'

/** Names that a bundle must not contain: whoever installs this package must not pay for another one's library. */
export const LEAKS: Readonly<Record<string, RegExp>> = {
  '@postern/core': /\b(jose|piscina|commander|vitest)\b|@opentelemetry\/[\w-]+/,
  '@postern/plugin-auth': /(@opentelemetry\/[\w-]+|\bvitest\b)/,
  '@postern/plugin-trace': /\b(jose|piscina|vitest)\b/,
  '@postern/plugin-routing': /\b(jose|piscina|vitest)\b|@opentelemetry\/[\w-]+/,
  // `gw assess` knows libraries by their names, so here only what would run or load one counts: the bundler's own comment, an import.
  // `gw plugin new` writes tests that import vitest.
  '@postern/cli':
    /node_modules\/(jose|piscina|vitest|@opentelemetry)\/|\b(?:from|import|require)\s*\(?\s*["'](jose|piscina|@opentelemetry)\b/,
}

const REQUIRED = ['package.json', 'README.md', 'LICENSE']
const FORBIDDEN =
  /(^|\/)(src|test|tests|bench|fixtures|node_modules|\.turbo)\/|\.map$|\.(test|bench)(-d)?\.|tsconfig|\.tsbuildinfo$|(?<!\.d)\.ts$/

/** What is wrong with the files of one tarball. */
export function findFileProblems(name: string, files: ReadonlyMap<string, Buffer>): string[] {
  const problems = REQUIRED.filter((file) => !files.has(file)).map(
    (file) => `${name}: ${file} is not in the tarball`,
  )
  for (const [file, content] of files) {
    if (FORBIDDEN.test(file)) problems.push(`${name}: ${file} must not be published`)
    const text = content.toString('utf8')
    const trace = findMachineTrace(text)
    if (trace !== undefined) problems.push(`${name}: ${file} contains '${trace}'`)
    if (/\.[cm]?js$/.test(file)) problems.push(...findCodeProblems(name, file, text))
  }
  return problems
}

function findCodeProblems(name: string, file: string, code: string): string[] {
  const leak = LEAKS[name]?.exec(code)?.[0]
  return [
    ...(leak === undefined ? [] : [`${name}: ${file} contains '${leak}', which belongs to another package`]),
    ...(/^\/\/# sourceMappingURL=/m.test(code)
      ? [`${name}: ${file} points at a source map that is not published`]
      : []),
  ]
}

/** publint and attw on one tarball. */
async function outsideOpinions(name: string, folder: string, tarball: string): Promise<string[]> {
  const bytes = readFileSync(tarball)
  const pack = { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) }
  const { messages } = await publint({ pack, strict: true, level: 'suggestion' })
  const manifest = readJson<Record<string, unknown>>(`${folder}/package.json`)
  const attw = await runNode(binOf('@arethetypeswrong/cli', 'dist/index.js'), [
    tarball,
    '--profile',
    'esm-only',
    '--no-emoji',
    '--no-color',
  ])
  return [
    ...messages.map(
      (message) => `${name}: publint: ${formatMessage(message, manifest, { color: false }) ?? message.code}`,
    ),
    ...(attw.code === 0 ? [] : [`${name}: attw:\n${attw.output.trim()}`]),
  ]
}

async function checkPackage(
  { folder, manifest }: Workspace,
  into: string,
): Promise<{ problems: string[]; note: string }> {
  const packed = await runNpm([
    'pack',
    `./${folder}`,
    '--pack-destination',
    into,
    '--ignore-scripts',
    '--loglevel=error',
  ])
  if (packed.code !== 0)
    return { problems: [`${manifest.name}: npm pack failed:\n${packed.output}`], note: '' }
  const tarball = join(into, packed.output.trim().split('\n').at(-1) ?? '')
  const bytes = readFileSync(tarball)
  const files = readTarball(bytes)
  const code = [...files]
    .filter(([file]) => file.endsWith('.js'))
    .reduce((sum, [, content]) => sum + content.length, 0)
  const problems = [
    ...findFileProblems(manifest.name, files),
    ...(await outsideOpinions(manifest.name, folder, tarball)),
  ]
  return {
    problems,
    note: `${manifest.name.padEnd(24)} ${kB(bytes.length)} packed, ${kB(code)} JavaScript, ${files.size} files`,
  }
}

function kB(bytes: number): string {
  return `${(bytes / 1000).toFixed(1).padStart(6)} kB`
}

if (import.meta.main) {
  const into = mkdtempSync(join(tmpdir(), 'postern-pack-'))
  try {
    const results = await Promise.all(publishedPackages().map((workspace) => checkPackage(workspace, into)))
    report({
      problems: results.flatMap(({ problems }) => problems),
      notes: results.map(({ note }) => note).filter((note) => note !== ''),
      summary: `${results.length} packages`,
    })
  } finally {
    rmSync(into, { recursive: true, force: true })
  }
}

/**
 * Runs the tests under the other Node lines that the packages support: `npm run test:nodes`, or with versions of your own.
 *
 * Each Node is the same kind of platform package as the pinned one, put into a folder of its own, so nothing of the
 * project changes. Types are checked once, by `npm test`.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const VERSIONS = ['22.23.3', '24.21.0']
const PROJECTS = [
  'core',
  'process',
  'long',
  'plugin-auth',
  'plugin-trace',
  'plugin-routing',
  'cli',
  'examples',
]
const { env } = process

const versions = process.argv.length > 2 ? process.argv.slice(2) : VERSIONS
const failed = versions.filter((version) => !passes(version))
console.log(
  failed.length === 0 ? `passed under Node ${versions.join(', ')}` : `failed under Node ${failed.join(', ')}`,
)
process.exitCode = failed.length === 0 ? 0 : 1

function passes(version: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'postern-node-'))
  try {
    console.log(`Node ${version}`)
    const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
    const install = ['install', '--ignore-scripts', '--no-save', '--prefix', folder, `${name}@${version}`]
    if (run(env['npm_node_execpath'] ?? process.execPath, [env['npm_execpath'] ?? 'npm', ...install]) !== 0) {
      return false
    }
    const bin = join(folder, 'node_modules', '.bin')
    const projects = PROJECTS.flatMap((project) => ['--project', project])
    const vitest = [
      join('node_modules', 'vitest', 'vitest.mjs'),
      'run',
      '--typecheck.enabled=false',
      ...projects,
    ]
    return run(join(bin, 'node'), vitest, bin) === 0
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs a program with a folder put before the PATH, and gives its exit code. */
function run(command: string, args: readonly string[], bin?: string): number | null {
  const path = bin === undefined ? env['PATH'] : `${bin}${delimiter}${env['PATH'] ?? ''}`
  return spawnSync(command, args, { stdio: 'inherit', env: { ...env, PATH: path } }).status
}

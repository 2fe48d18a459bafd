/**
 * Installs the dependencies when they are missing or older than the lockfile; otherwise it says nothing and ends.
 *
 * Every root script runs this first, so a fresh clone needs no separate install. It is plain JavaScript without
 * imports from node_modules, because it runs on whatever Node started npm, with nothing installed.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installedMatches } from './lib/installed.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const modules = join(root, 'node_modules')
const stampFile = join(modules, '.postern-installed')

const stamp = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .update(existsSync(join(root, '.npmrc')) ? readFileSync(join(root, '.npmrc')) : '')
  .digest('hex')

if (!stampMatches()) {
  if (!installedMatches(root)) install()
  writeFileSync(stampFile, stamp)
}
requireTypeStripping()
provideExec()

function stampMatches() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp
}

function install() {
  if (process.platform === 'win32' && process.execPath.startsWith(modules + sep)) {
    // Windows cannot delete a running program, and `npm ci` deletes the node_modules that this Node lives in.
    fail('The dependencies changed. Run `npm ci --ignore-scripts`, then repeat your command.')
  }
  process.stderr.write('Installing dependencies (npm ci; once, and after package-lock.json changes) ...\n')
  const { command, args } = npmCommand()
  const result = spawnSync(
    command,
    [...args, 'ci', '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error'],
    {
      cwd: root,
      // stdout goes to stderr: a script whose output is read by a program stays clean.
      stdio: ['ignore', 2, 2],
      env: { ...process.env, PATH: withoutModules(process.env['PATH'] ?? '') },
      shell: command === 'npm.cmd',
    },
  )
  if (result.error) fail(`Installing dependencies failed: ${result.error.message}`)
  if (result.signal) fail(`Installing dependencies was stopped by ${result.signal}.`)
  if (result.status !== 0) {
    fail(
      `Installing dependencies failed: npm ci ended with exit code ${result.status}. Its message is above; nothing was run.`,
      result.status ?? 1,
    )
  }
}

/**
 * npm and the Node that runs it, from outside node_modules: `npm ci` starts by deleting node_modules, and with it
 * the pinned Node that a script finds first on its PATH.
 */
function npmCommand() {
  const cli = process.env['npm_execpath']
  if (!cli || !/\.[cm]?js$/.test(cli)) {
    return { command: process.platform === 'win32' ? 'npm.cmd' : 'npm', args: [] }
  }
  const candidates = [process.env['npm_node_execpath'], process.execPath, ...onPath('node')]
  const node = candidates.find((path) => path && !path.startsWith(modules + sep) && existsSync(path))
  return { command: node ?? process.execPath, args: [cli] }
}

/** @param {string} name */
function onPath(name) {
  const file = process.platform === 'win32' ? `${name}.exe` : name
  return withoutModules(process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, file))
}

/** @param {string} path */
function withoutModules(path) {
  return path
    .split(delimiter)
    .filter((folder) => !folder.includes(`${sep}node_modules${sep}`))
    .join(delimiter)
}

/** The platform packages bring Node 26; where there is none for this machine, its own Node must run TypeScript files. */
function requireTypeStripping() {
  const shim = process.platform === 'win32' ? 'node.cmd' : 'node'
  if (existsSync(join(modules, '.bin', shim))) return
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 19)) return
  fail(
    `Node ${process.versions.node} cannot run this project, and no pinned Node exists for ${process.platform}-${process.arch}. Install Node 22.19 or newer.`,
  )
}

/**
 * `npm start` is `exec node ...`, so that no shell stands between npm and the gateway: a plain `sh` dies of Ctrl-C
 * at once, and npm would then report an interrupt instead of the exit code of an orderly close. Windows has no
 * `exec`; there it is a file that runs its arguments.
 */
function provideExec() {
  const file = join(modules, '.bin', 'exec.cmd')
  if (process.platform === 'win32' && !existsSync(file)) writeFileSync(file, '@%*\r\n')
}

/**
 * @param {string} message
 * @param {number} code
 * @returns {never}
 */
function fail(message, code = 1) {
  process.stderr.write(`${message}\n`)
  process.exit(code)
}

/**
 * Runs turbo with its telemetry, update notice and remote cache off, and says one line instead of ten.
 *
 * The settings live here, not in shell syntax, so that every script behaves the same on Linux, macOS and Windows.
 * The output of a failing task is shown in full.
 */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
const turbo = join(dirname(require.resolve('turbo/package.json')), 'bin', 'turbo')
const started = performance.now()

const child = spawn(
  process.execPath,
  [turbo, ...process.argv.slice(2), '--cache=local:rw,remote:', '--output-logs=errors-only', '--no-color'],
  {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', DO_NOT_TRACK: '1' },
  },
)

let output = ''
child.stdout.on('data', (chunk) => (output += chunk))
child.stderr.on('data', (chunk) => (output += chunk))
// Ctrl-C reaches turbo as well; waiting for it leaves no half-written build behind.
process.on('SIGINT', () => {})
child.on('error', (error) => end(1, `turbo did not start: ${error.message}`))
child.on('close', (code, signal) =>
  code === 0 ? end(0, summary()) : end(code ?? 130, `${output}\nturbo ended with ${signal ?? code}`),
)

function summary() {
  const tasks = output.match(/Tasks:\s+(\d+) successful/)?.[1] ?? '0'
  const cached = output.match(/Cached:\s+(\d+) cached/)?.[1] ?? '0'
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  return `${process.argv[3] ?? 'turbo'}: ${tasks} packages in ${seconds} s (${cached} unchanged)`
}

/**
 * @param {number} code
 * @param {string} message
 */
function end(code, message) {
  process.stderr.write(`${message.trim()}\n`)
  process.exitCode = code
}

/** Starts programs for the checks and keeps what they print. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from './workspace.ts'

/** What a finished program left behind. */
export interface Finished {
  readonly code: number
  readonly output: string
}

/** Runs a program to its end, with both output streams in one text in the order they came. */
function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
    let output = ''
    const keep = (chunk: Buffer): void => {
      output += chunk.toString()
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) => resolve({ code: 1, output: `${command} did not start: ${error.message}` }))
    child.on('close', (code, signal) =>
      resolve({ code: code ?? 1, output: signal ? `${output}\nended by ${signal}` : output }),
    )
  })
}

/** Runs a file with this Node. */
export function runNode(file: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Finished> {
  return run(process.execPath, [file, ...args], env)
}

/** Runs npm with this Node, whatever npm started us (none, when a check is run by hand). */
export function runNpm(args: readonly string[]): Promise<Finished> {
  const cli = process.env['npm_execpath'] ?? beside()
  return cli === undefined ? run('npm', args) : runNode(cli, args)
}

/** The command-line program of an installed package, by file: the shims in `.bin` differ between systems. */
export function binOf(packageName: string, path: string): string {
  return join(ROOT, 'node_modules', packageName, path)
}

function beside(): string | undefined {
  const cli = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js')
  return existsSync(cli) ? cli : undefined
}

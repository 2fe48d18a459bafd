/** Runs one code block of a page. */
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Block, ROOT } from './pages.ts'

const RUNNER = fileURLToPath(new URL('runner.mjs', import.meta.url))
const GW = join(ROOT, 'packages/cli/src/gw.ts')
const TIMEOUT_MS = 20_000

/** What a block printed, both streams, and how it ended. */
export interface BlockResult {
  readonly code: number | string
  readonly output: string
}

/**
 * Runs a file of TypeScript or JavaScript, in its folder, until its last statement is done and a little longer.
 * @param prints whether it says something: then that is waited for, however slow the machine is.
 */
export function runScript(file: string, prints: boolean): Promise<BlockResult> {
  const args = ['--conditions=@postern/source', RUNNER, file, ...(prints ? ['prints'] : [])]
  return execute(process.execPath, args, dirname(file))
}

/** Has `gw check` read a configuration. */
export function checkConfig(file: string): Promise<BlockResult> {
  return execute(process.execPath, ['--conditions=@postern/source', GW, 'check', '--config', file], ROOT)
}

/** Runs one command of a `sh` block as a reader would, in the folder of the project. */
export function runCommand(command: string): Promise<BlockResult> {
  const typed = command.replace(/(^|\s)node /, '$1node --conditions=@postern/source ')
  return execute('sh', ['-c', typed], ROOT)
}

/** Writes a file and gives its path. */
export async function writeIn(folder: string, name: string, text: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, name)
  await writeFile(file, text)
  return file
}

/**
 * The code with its ports exchanged, so that blocks can run beside anything: a port that the block listens on becomes a
 * free one, any other of 127.0.0.1 that of a service which answers 200.
 */
export async function withPorts({ code }: Block, servicePort: number): Promise<string> {
  const ports = new Set(
    [...code.matchAll(/(?:127\.0\.0\.1:|port: |listen\()(\d{4,5})\b/g)].map((match) => match[1] ?? ''),
  )
  let result = code
  for (const port of ports) {
    const isOwn = new RegExp(`(?:port: |listen\\()${port}\\b`).test(code)
    const replacement = isOwn ? await freePort() : servicePort
    result = result.replaceAll(
      new RegExp(`(127\\.0\\.0\\.1:|port: |listen\\()${port}\\b`, 'g'),
      `$1${replacement}`,
    )
  }
  return result
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function execute(file: string, args: readonly string[], cwd: string): Promise<BlockResult> {
  const options = { cwd, timeout: TIMEOUT_MS, env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' } }
  return new Promise((resolve) => {
    execFile(file, [...args], options, (error, stdout, stderr) => {
      const code = error ? (error.killed ? `killed after ${TIMEOUT_MS} ms` : (error.code ?? 'failed')) : 0
      resolve({ code, output: `${stdout}${stderr}` })
    })
  })
}

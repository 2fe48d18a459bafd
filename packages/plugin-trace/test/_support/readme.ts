import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))

/** A README's example, and what the README says that it prints. */
export interface Example {
  readonly code: string
  readonly output: string
}

/** The first example of the package's README. */
export function readExample(): Example {
  const readme = readFileSync(`${PACKAGE}README.md`, 'utf8')
  const [, code, output] = /```js\n(.*?)```\n\n```text\n(.*?)```/s.exec(readme) ?? []
  if (code === undefined || output === undefined)
    throw new Error('The README has no example with its output.')
  return { code, output }
}

/** Runs code as a user's would run, against the built packages, with a free port in place of the one it names. */
export async function runExample(code: string, port: string): Promise<string> {
  const free = String(await freePort())
  const run = promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', code.replaceAll(port, free)],
    {
      cwd: PACKAGE,
      timeout: 15_000,
    },
  )
  return (await run).stdout.replaceAll(free, port)
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

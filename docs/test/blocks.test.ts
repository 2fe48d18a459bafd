/**
 * Runs the code blocks of the pages. `ts`, `js`: run by Node, and the `text` block that follows is what it prints. `yaml`:
 * a configuration that `gw check` accepts, unless it uses a module of the reader's (`use: ./…`). `sh`: each line is run,
 * but for npm and npx, whose scripts must exist. A block opts out with `ignore` behind its language. A first line
 * `// name.ts` lets other blocks of the page import it; the first `yaml` block of a page is its `gateway.yaml`.
 */
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingLines } from './support/compare.ts'
import { type Block, fileNameOf, type Page, ROOT, readPages } from './support/pages.ts'
import {
  type BlockResult,
  checkConfig,
  runCommand,
  runScript,
  withPorts,
  writeIn,
} from './support/run-block.ts'

const TMP = fileURLToPath(new URL(`.blocks-${process.pid}/`, import.meta.url))
const manifest = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
  scripts: Record<string, string>
}
const pages = readPages()

/** What the upstreams of the pages are: a service that answers 200 to everything. */
const service = createServer((_request, response) => response.end('hello\n'))

beforeAll(() => new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve)))
afterAll(async () => {
  service.closeAllConnections()
  await new Promise((resolve) => service.close(resolve))
  await rm(TMP, { recursive: true, force: true })
})

for (const page of pages) {
  const blocks = page.blocks.filter((block) => isRunnable(block))
  describe.runIf(blocks.length > 0)(page.path, () => {
    for (const block of blocks) {
      it.concurrent(`line ${block.line}: ${block.language}`, { timeout: 60_000 }, async () => {
        const result = await run(page, block)
        expect(result.code, result.output).toBe(0)
        if (block.output !== undefined && block.language !== 'yaml')
          expect(missingLines(block.output, result.output), result.output).toEqual([])
      })
    }
  })
}

it('few blocks opt out', () => {
  const all = pages
    .flatMap(({ blocks }) => blocks)
    .filter(({ language }) => /^(ts|js|yaml|sh)$/.test(language))
  const ignored = all.filter(({ flags }) => flags.includes('ignore'))
  expect(ignored.length).toBeLessThanOrEqual(all.length / 4)
})

function isRunnable({ language, flags, code }: Block): boolean {
  if (language === 'yaml' && /use: ['"]?\.\//.test(code)) return false
  return /^(ts|js|yaml|sh)$/.test(language) && !flags.includes('ignore')
}

async function run(page: Page, block: Block): Promise<BlockResult> {
  const { port } = service.address() as AddressInfo
  const folder = `${TMP}${page.path.replaceAll(/[/.]/g, '-')}`
  const code = await withPorts(block, port)
  if (block.language === 'sh') return runLines(code)
  if (block.language === 'yaml') return checkConfig(await writeIn(folder, `line-${block.line}.yaml`, code))
  const config = page.blocks.find(({ language }) => language === 'yaml')
  for (const named of page.blocks) {
    const name = named === config ? 'gateway.yaml' : fileNameOf(named)
    if (name !== undefined) await writeIn(folder, name, await withPorts(named, port))
  }
  return runScript(
    await writeIn(folder, `line-${block.line}.${block.language}`, code),
    block.output !== undefined,
  )
}

async function runLines(code: string): Promise<BlockResult> {
  let output = ''
  for (const line of code.split('\n')) {
    const command = line.replace(/\s+#.*$/, '').trim()
    if (command === '' || command.startsWith('#')) continue
    const result = /^(?:[A-Z_]+=\S+ )*np[mx] /.test(command) ? checkNpm(command) : await runCommand(command)
    output += result.output
    if (result.code !== 0) return { code: result.code, output: `${command}\n${output}` }
  }
  return { code: 0, output }
}

/** `npm run bench`, `npm start`: the script must exist. What else npm and npx do is not a matter of this project. */
function checkNpm(command: string): BlockResult {
  const script = /npm (?:run )?(start|test)\b/.exec(command)?.[1] ?? /npm run ([\w:-]+)/.exec(command)?.[1]
  if (script === undefined || script in manifest.scripts) return { code: 0, output: '' }
  return { code: 1, output: `package.json has no script "${script}"` }
}

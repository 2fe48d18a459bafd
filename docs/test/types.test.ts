/** The `ts` blocks of the pages type-check as strictly as the project, but for what a short piece may leave unused. */
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { fileNameOf, readPages } from './support/pages.ts'
import { writeIn } from './support/run-block.ts'

const TMP = fileURLToPath(new URL(`.types-${process.pid}/`, import.meta.url))
const TSC = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

afterAll(() => rm(TMP, { recursive: true, force: true }))

it('ts blocks type-check', { timeout: 120_000 }, async () => {
  for (const { path, blocks } of readPages()) {
    const folder = join(TMP, path.replaceAll(/[/.]/g, '-'))
    for (const block of blocks) {
      if (block.language !== 'ts' || block.flags.includes('ignore')) continue
      const code = block.code.includes('import ') ? block.code : `${block.code}\nexport {}\n`
      await writeIn(folder, fileNameOf(block) ?? `line-${block.line}.ts`, code)
    }
  }
  const config = {
    extends: '../../../tsconfig.base.json',
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
    include: ['**/*.ts'],
  }
  const file = await writeIn(TMP, 'tsconfig.json', JSON.stringify(config))
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, [TSC, '-p', file], (_error, stdout, stderr) => resolve(stdout + stderr))
  })
  // Errors in the packages themselves are for `npm run check -- types` to show.
  const own = output
    .split(/\n(?=\S)/)
    .filter((error) => !error.startsWith('packages/') && error.trim() !== '')
  expect(own).toEqual([])
})

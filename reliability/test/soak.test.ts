/** Proves that a gateway passes a short round, and that the command line does what it says. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { SoakResult } from '../soak/result.ts'
import { KINDS } from '../workload/kinds.ts'

const run = promisify(execFile)
const script = join(import.meta.dirname, '..', 'soak.ts')

/** Kinds that this gateway does not serve yet. */
const NOT_YET: string[] = []

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-soak-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it('a short round ends with every request answered and nothing left', { timeout: 120_000 }, async () => {
  const json = join(folder, 'soak.json')
  const kinds = KINDS.map(({ name }) => name).filter((name) => !NOT_YET.includes(name))
  const size = ['--minutes', '0.2', '--seed', '11', '--kinds', kinds.join()]
  const { stdout, stderr } = await run(process.execPath, [script, ...size, '--json', json])
  expect(stdout).toMatch(/^passed$/m)
  expect(stdout).toMatch(/^all +\d+/m)
  expect(stderr).toMatch(/% load: \d+ sent/)

  const result = JSON.parse(await readFile(json, 'utf8')) as SoakResult
  const { sent, right, rightError, heapGrowth, ...rest } = result
  expect(rest).toEqual({ lost: 0, wrong: 0, socketsLeft: 0, timersLeft: 0 })
  expect(right + rightError).toBe(sent)
  expect(right).toBeGreaterThan(100)
  expect(rightError).toBeGreaterThan(10)
  expect(heapGrowth).toBeLessThan(0.05)
})

it('prints its options, and says by name what it does not know', async () => {
  const { stdout } = await run(process.execPath, [script, '--help'])
  expect(stdout).toContain('--minutes N')
  const failed = run(process.execPath, [script, '--kinds', 'get,nope'])
  await expect(failed).rejects.toMatchObject({ code: 1 })
  await expect(failed).rejects.toThrow('no kind "nope"')
})

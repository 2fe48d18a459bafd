import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { DuelFigures } from '../harness/duel.ts'
import type { GrowthFigures } from '../harness/growth.ts'
import type { Result } from '../harness/result.ts'
import type { Figures } from '../harness/statistics.ts'

const run = promisify(execFile)
const script = join(import.meta.dirname, '..', 'run.ts')

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-bench-run-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

it('measures, prints a table, and writes both files', { timeout: 60_000 }, async () => {
  const json = join(folder, 'result.json')
  const page = join(folder, 'page.md')
  await writeFile(page, '# Page\n<!-- bench:start -->\n<!-- bench:end -->\n')
  const size = [
    '--scenario',
    'get-small',
    '--seconds',
    '0.3',
    '--rounds',
    '1',
    '--contender',
    'floor',
    '--contender',
    'httpxy',
  ]
  const { stdout } = await run(process.execPath, [
    script,
    ...size,
    '--force',
    '--json',
    json,
    '--markdown',
    page,
  ])
  expect(stdout).toMatch(/^httpxy +\d/m)
  expect(stdout).toMatch(/pinned/)

  const result = JSON.parse(await readFile(json, 'utf8')) as Result
  expect(Object.keys(result).toSorted()).toEqual(['commit', 'loadAverage', 'machine', 'node', 'scenarios'])
  const figures = (result.scenarios['get-small'] ?? {}) as Record<string, Figures>
  expect(Object.keys(figures)).toEqual(['floor', 'httpxy'])
  const names = [
    'cpuMicrosPerRequest',
    'requestsPerSecond',
    'p50Ms',
    'p99Ms',
    'rssBytes',
    'ratioToFloor',
  ] as const
  for (const figure of Object.values(figures)) {
    for (const name of names) expect(figure[name], name).toBeGreaterThan(0)
    expect(Object.keys(figure).toSorted()).toEqual([...names, 'rounds', 'spread'].toSorted())
  }
  expect(figures['floor']?.ratioToFloor).toBe(1)
  expect(await readFile(page, 'utf8')).toMatch(/^# Page\n<!-- bench:start -->\n\| get-small \|/)
})

it('measures inside its own process, beside no contender', { timeout: 60_000 }, async () => {
  const json = join(folder, 'result.json')
  const page = join(folder, 'page.md')
  await writeFile(page, '# Page\n<!-- bench:start -->\n<!-- bench:end -->\n')
  const size = ['--scenario', 'route-lookup', '--seconds', '0.1', '--rounds', '2']
  const { stdout } = await run(process.execPath, [
    script,
    ...size,
    '--force',
    '--json',
    json,
    '--markdown',
    page,
  ])
  expect(stdout).toMatch(/^10000 +\d/m)
  expect(stdout).not.toContain('floor')

  const result = JSON.parse(await readFile(json, 'utf8')) as Result
  const figures = (result.scenarios['route-lookup'] ?? {}) as Record<string, GrowthFigures>
  expect(Object.keys(figures)).toEqual(['10', '100', '1000', '10000'])
  for (const figure of Object.values(figures)) {
    expect(figure.nanosPerLookup).toBeGreaterThan(0)
    expect(figure.rounds).toBe(2)
  }
  expect(figures['10']?.ratioToSmallest).toBe(1)
  expect(await readFile(page, 'utf8')).toMatch(/^# Page\n<!-- bench:start -->\n\| route-lookup \| × smallest/)
})

it('compares two commands, on as much data as it is told', { timeout: 60_000 }, async () => {
  const json = join(folder, 'result.json')
  const page = join(folder, 'page.md')
  await writeFile(page, '# Page\n<!-- bench:start -->\n<!-- bench:end -->\n')
  const args = ['--scenario', 'trace-scan', '--rounds', '2', '--force', '--json', json, '--markdown', page]
  const env = { ...process.env, TRACE_SCAN_BYTES: '2000000', TMPDIR: folder }
  const { stdout } = await run(process.execPath, [script, ...args], { env })
  expect(stdout).toMatch(/^gw-trace +\d/m)

  const result = JSON.parse(await readFile(json, 'utf8')) as Result
  const figures = (result.scenarios['trace-scan'] ?? {}) as Record<string, DuelFigures>
  expect(Object.keys(figures)).toEqual(['grep', 'gw-trace'])
  expect(figures['grep']?.ratioToGrep).toBe(1)
  expect(figures['gw-trace']?.ratioToGrep).toBeGreaterThan(0)
  expect(figures['gw-trace']?.rounds).toBe(2)
  expect(await readFile(page, 'utf8')).toMatch(/\| trace-scan \| throughput, × grep's/)
  // The log that was made is gone.
  expect((await readdir(folder)).toSorted()).toEqual(['page.md', 'result.json'])
})

it('prints its options', async () => {
  const { stdout } = await run(process.execPath, [script, '--help'])
  expect(stdout).toContain('--contender NAME')
})

it('says by name what it does not know', async () => {
  const failed = run(process.execPath, [script, '--contender', 'nope'])
  await expect(failed).rejects.toThrow('no contender "nope"')
  await expect(failed).rejects.toMatchObject({ code: 1 })
})

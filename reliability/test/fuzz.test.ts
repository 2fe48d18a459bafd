/** Proves that a gateway stands a short round of broken bytes, and that a case can be run again by its number. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { drawCase } from '../fuzz/case.ts'

const run = promisify(execFile)
const script = join(import.meta.dirname, '..', 'fuzz.ts')
const fuzz = (...args: readonly string[]) => run(process.execPath, [script, ...args])

// Once more before it counts: other tests beside it knock at ports that were just closed and may now be this round's. A
// finding of the gateway's own is seeded and comes back.
it('a short round finds nothing', { timeout: 60_000, retry: 1 }, async () => {
  const { stdout } = await fuzz('--seed', '4', '--runs', '1000', '--seconds', '40').catch(
    (cause: unknown) => {
      const { stdout: found, stderr } = cause as { stdout?: string; stderr?: string }
      throw new Error(`${found ?? ''}${stderr ?? ''}`, { cause })
    },
  )
  expect(stdout).toMatch(/^seed 4: \d+ cases, nothing found$/m)
})

it('a single case runs with its neighbours', { timeout: 30_000 }, async () => {
  const { stdout } = await fuzz('--seed', '4', '--case', '42')
  expect(stdout).toMatch(/^seed 4: 4 cases, nothing found$/m)
})

it('seed and number decide a case', () => {
  expect(drawCase(1, 5)).toEqual(drawCase(1, 5))
  const kinds = new Set<string>()
  const bytes = new Set<string>()
  for (let number = 0; number < 200; number++) {
    kinds.add(drawCase(1, number).kind)
    bytes.add(drawCase(1, number).bytes)
  }
  expect([...kinds].toSorted()).toEqual(['http2', 'request', 'response'])
  expect(bytes.size).toBeGreaterThan(190)
})

it('prints its options, and refuses what it does not know', async () => {
  expect((await fuzz('--help')).stdout).toContain('--case N')
  await expect(fuzz('--seed', 'x')).rejects.toMatchObject({ code: 1 })
})

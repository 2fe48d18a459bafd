/** `pluginConformance` finds what is wrong with a plugin, says it to its author, and finds nothing else. */
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type ConformanceArea, pluginConformance } from '../../src/testing.ts'
import { BAD, OPEN } from './bad-table.ts'
import { goodGuard } from './good-plugin.ts'

/** The areas whose checks take little time. */
const QUICK: readonly ConformanceArea[] = [
  'contract',
  'seats',
  'phases',
  'aborts',
  'modes',
  'faults',
  'lifecycle',
]

describe('pluginConformance says of a plugin that', () => {
  test.each(Object.entries(BAD))(
    '%s',
    { timeout: 60_000 },
    async (_name, { make, options, fails, areas = QUICK }) => {
      const found: Record<string, string> = {}
      for (const { area, name, run } of pluginConformance(make, options)) {
        if (!areas.includes(area) && !(name in fails)) continue
        await run().catch((error: unknown) => {
          found[name] = (error as Error).message
        })
      }
      expect(Object.keys(found).toSorted(), JSON.stringify(found, null, 1)).toEqual(
        Object.keys(fails).toSorted(),
      )
      for (const [name, says] of Object.entries(fails)) expect(found[name]).toMatch(says)
    },
  )

  test('every bad plugin is tried', () => {
    const files = readdirSync(new URL('./bad-plugins/', import.meta.url)).map((file) =>
      file.replace('.ts', ''),
    )
    expect(Object.keys(BAD).toSorted()).toEqual(files.toSorted())
  })
})

describe('pluginConformance finds nothing wrong with a plugin that does the same things well', () => {
  for (const { area, name, run } of pluginConformance(() => goodGuard(), OPEN)) test(`${area}: ${name}`, run)
})

test('every check has a name of its own', () => {
  const names = pluginConformance(() => goodGuard()).map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})

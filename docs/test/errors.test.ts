import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ADVICE } from '../error-advice.ts'
import { renderErrors, TABLES } from '../generate-errors.ts'

const page = readFileSync(new URL('../errors.md', import.meta.url), 'utf8')
const tableCodes = TABLES.flatMap(([, table]) => Object.keys(table)).sort()

describe('docs/errors.md', () => {
  it('has a row for every code of the tables, and no other', () => {
    const rows = [...page.matchAll(/^\| `(GW_\w+)` \|/gm)].map((match) => match[1] ?? '')
    expect(rows.sort()).toEqual(tableCodes)
  })

  it('gives advice for every code, and for no other', () => {
    expect(Object.keys(ADVICE).sort()).toEqual(tableCodes)
  })

  it('is what docs/generate-errors.ts makes: run it after a change of a table', () => {
    expect(page).toBe(renderErrors())
  })
})

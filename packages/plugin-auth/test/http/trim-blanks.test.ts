import { expect, it } from 'vitest'
import { trimBlanks } from '../../src/http/trim-blanks.ts'

it.each([
  ['', ''],
  [' \t ', ''],
  ['a', 'a'],
  [' \ta b\t ', 'a b'],
  ['\xa0a\x0b', '\xa0a\x0b'],
])('takes blank and tab away around %j, and nothing else', (value, trimmed) => {
  expect(trimBlanks(value)).toBe(trimmed)
})

it('goes once over a value, however many blanks are in the midst of it', () => {
  // In the square of this many steps it would take minutes.
  const value = `a${' '.repeat(1_000_000)}b`
  expect(trimBlanks(` ${value} `) === value).toBe(true)
})

import { describe, expect, test } from 'vitest'
import { describedTypes, render } from '../check-option-docs.ts'
import { readComment, readOptionDocs } from '../lib/option-docs.ts'

describe('what a doc comment says', () => {
  test.each([
    ['a sentence', 'The name.', { description: 'The name.' }],
    ['the first sentence of several', 'The name. Shown to nobody.', { description: 'The name.' }],
    [
      'a sentence with full stops in code',
      'Ends with `a. b`, or 1.5. More.',
      { description: 'Ends with `a. b`, or 1.5.' },
    ],
    ['lines', '\n   * The name\n   * of it.\n   ', { description: 'The name of it.' }],
    ['a number', 'Bytes. Default: 10 000.', { description: 'Bytes.', default: 10_000 }],
    ['a fraction', 'Share. Default: 1.25.', { description: 'Share.', default: 1.25 }],
    ['a number with words', 'Time. Default: 0, no limit.', { description: 'Time.', default: 0 }],
    [
      'a number with another unit',
      'Time. Default: 600000 (10 min).',
      { description: 'Time.', default: 600_000 },
    ],
    [
      'a number and what follows',
      'Time. Default: 5000. 0: no limit.',
      { description: 'Time.', default: 5000 },
    ],
    ['two numbers', 'Time. Default: 5 for a, 6 for b.', { description: 'Time. Default: 5 for a, 6 for b.' }],
    ['a text', 'Way. Default: `p2c`.', { description: 'Way.', default: 'p2c' }],
    ['a switch', 'Whether. Default: `false`.', { description: 'Whether.', default: false }],
    ['words', 'Level. Default: none.', { description: 'Level. Default: none.' }],
  ])('%s', (_name, comment, doc) => {
    expect(readComment(comment, 'Options.key')).toEqual(doc)
  })

  test.each(['Default: none.', '', '\n * '])('%j does not say what the option is', (comment) => {
    expect(() => readComment(comment, 'Options.key')).toThrow(
      'Options.key: the doc comment does not begin with',
    )
  })
})

describe('the types of sources', () => {
  const read = (source: string, ...names: readonly string[]) =>
    readOptionDocs('/fixture', ['a.ts'], names, { '/fixture/a.ts': source })

  test('an interface has its own fields and those that it inherits', () => {
    const source = `
      /** Not a field. */
      export interface Options extends Base { /** Mine. */ readonly key?: string; /** Mine too. */ both: string }
      interface Base { /** Its. */ readonly other: string; /** Its, too. */ both: string }`
    expect(read(source, 'Options')).toEqual({
      Options: {
        other: { description: 'Its.' },
        both: { description: 'Mine too.' },
        key: { description: 'Mine.' },
      },
    })
  })

  test('a type of several objects has the fields of all', () => {
    const source = `type Match = string | { /** All of it. */ exact: string } | { /** Its start. */ prefix: string }`
    expect(Object.keys(read(source, 'Match')['Match'] ?? {})).toEqual(['exact', 'prefix'])
  })

  test('a field without a doc comment is not there, and its type neither without others', () => {
    expect(() => read('interface Options { /* no */ key: string }', 'Options')).toThrow(
      'There is no type Options',
    )
    expect(() => read('', 'Options')).toThrow('There is no type Options')
  })

  test('a bad comment matters only where a schema uses the type', () => {
    const source = `interface Bad { /** Default: 5. */ key: number } interface Good { /** A key. */ key: number }`
    expect(read(source, 'Good')).toEqual({ Good: { key: { description: 'A key.' } } })
    expect(() => read(source, 'Bad')).toThrow('Bad.key')
  })
})

test('the names that schemas use are found, and rendered with their words', () => {
  expect(
    describedTypes(`const a = optionsOf('A', {})\nconst b = described(\n  'B', {})\nnot('C', {})`),
  ).toEqual(['A', 'B'])
  expect(render({ A: { key: { description: 'A key.', default: 5 } } }, true)).toContain(
    '{"A":{"key":{"description":"A key.","default":5}}}',
  )
})

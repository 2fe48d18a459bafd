/** Fields in a signature base: the examples of RFC 9421, section 2.1, and what is refused. */
import { describe, expect, it } from 'vitest'
import { fieldTypes } from '../../src/http-signature/field-types.ts'
import { MessageParts } from '../../src/http-signature/message-parts.ts'
import { signatureBase } from '../../src/http-signature/signature-base.ts'
import { type InnerList, isInnerList, parseDictionary } from '../../src/http-signature/structured.ts'

const coveredOf = (components: string): InnerList => {
  const member = parseDictionary(`sig=(${components})`).get('sig')
  if (!member || !isInnerList(member)) throw new Error('These are no components')
  return member
}

/** The lines of the base but its last. */
const baseOf = (headers: readonly string[], components: string, own = {}): string[] =>
  signatureBase(
    { method: 'GET', scheme: 'https', authority: 'www.example.com', path: '/', query: '', headers },
    coveredOf(components),
    fieldTypes(own),
  )
    .split('\n')
    .slice(0, -1)

const DICT = ['Example-Dict', ' a=1,    b=2;x=1;y=2,   c=(a   b   c), d']
const OWN = { 'Example-Dict': 'dictionary' as const }

describe('section 2.1: fields', () => {
  it('are joined, without blanks around each line', () => {
    const headers = [
      'Date',
      'Tue, 20 Apr 2021 02:07:56 GMT',
      'X-OWS-Header',
      '  Leading and trailing whitespace.   ',
    ]
    headers.push('Cache-Control', 'max-age=60', 'Cache-Control', '   must-revalidate', 'X-Empty-Header', '')
    expect(baseOf(headers, '"host" "date" "x-ows-header" "cache-control" "x-empty-header"')).toEqual([
      '"host": www.example.com',
      '"date": Tue, 20 Apr 2021 02:07:56 GMT',
      '"x-ows-header": Leading and trailing whitespace.',
      '"cache-control": max-age=60, must-revalidate',
      '"x-empty-header": ',
    ])
  })

  it('keep what is no blank of HTTP: nobody on the way may add it', () => {
    expect(baseOf(['X-Role', '\ta\xa0\x0b '], '"x-role"')).toEqual(['"x-role": a\xa0\x0b'])
  })
})

describe('section 2.1.1: sf', () => {
  it('writes a structured field in its canonical form', () => {
    expect(baseOf(DICT, '"example-dict" "example-dict";sf', OWN)).toEqual([
      '"example-dict": a=1,    b=2;x=1;y=2,   c=(a   b   c), d',
      '"example-dict";sf: a=1, b=2;x=1;y=2, c=(a b c), d',
    ])
  })

  it('knows registered fields, lists and items', () => {
    const headers = ['Priority', 'u=1,i', 'X-List', 'a,(b  c);d', 'X-Item', ' 1.50;a ']
    const own = { 'x-list': 'list' as const, 'x-item': 'item' as const }
    expect(baseOf(headers, '"priority";sf "x-list";sf "x-item";sf', own)).toEqual([
      '"priority";sf: u=1, i',
      '"x-list";sf: a, (b c);d',
      '"x-item";sf: 1.5;a',
    ])
  })

  it.each([
    [DICT, '"example-dict";sf', 'structuredFields'],
    [['Cache-Control', 'max-age=60'], '"cache-control";sf', 'structuredFields'],
    [['Priority', 'u=="'], '"priority";sf', 'not the structured field'],
  ])('refuses %j as %s', (headers, components, why) => {
    expect(() => baseOf(headers, components)).toThrow(why)
  })
})

describe('section 2.1.2: key', () => {
  it('takes one member of a dictionary, also one that is only there', () => {
    const keys = ['a', 'd', 'b', 'c'].map((key) => `"example-dict";key="${key}"`)
    expect(baseOf(DICT, keys.join(' '))).toEqual([
      '"example-dict";key="a": 1',
      '"example-dict";key="d": ?1',
      '"example-dict";key="b": 2;x=1;y=2',
      '"example-dict";key="c": (a b c)',
    ])
    expect(baseOf(DICT, '"example-dict";sf;key="a"')).toEqual(['"example-dict";sf;key="a": 1'])
    expect(() => baseOf(DICT, '"example-dict";key="z"')).toThrow('a covered member of a field')
  })
})

describe('section 2.1.3: bs', () => {
  it('takes the bytes of each line', () => {
    const two = ['Example-Header', 'value, with, lots', 'Example-Header', '  of, commas ']
    expect(baseOf(two, '"example-header" "example-header";bs')).toEqual([
      '"example-header": value, with, lots, of, commas',
      '"example-header";bs: :dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:',
    ])
    const one = ['Example-Header', 'value, with, lots, of, commas']
    expect(baseOf(one, '"example-header";bs')).toEqual([
      '"example-header";bs: :dmFsdWUsIHdpdGgsIGxvdHMsIG9mLCBjb21tYXM=:',
    ])
    expect(baseOf(['X', 'caf\u00e9'], '"x";bs')).toEqual(['"x";bs: :Y2Fm6Q==:'])
    expect(baseOf([], '"host";bs')).toEqual([`"host";bs: :${btoa('www.example.com')}:`])
  })
})

describe('parts of a field and of the query', () => {
  it('are read once, however many of them are covered: nobody has proved anything yet', () => {
    const parts = new MessageParts('?a=1&b=x+y&a=2')
    expect(parts.parameter('a')).toEqual(['1', '2'])
    expect(parts.parameter('b')).toEqual(['x%20y'])
    expect(parts.parameter('b')).toBe(parts.parameter('b'))
    expect(parts.parameter('c')).toEqual([])
    expect(parts.dictionary('a=1, b')?.get('b')).toBeDefined()
    expect(parts.dictionary('a=1, b')).toBe(parts.dictionary('a=1, b'))
    expect(parts.dictionary('a=')).toBeUndefined()
  })
})

describe('what no seat can check', () => {
  it.each([
    ['"x";tr', 'trailers come after the request is checked (tr)'],
    ['"x";req', 'req is for signatures of responses'],
    ['"x";bs;sf', 'bs together with sf or key'],
    ['"x";bs;key="a"', 'bs together with sf or key'],
    ['"x";other', 'a parameter other than key, sf and bs'],
    ['"x";sf="yes"', 'a parameter other than key, sf and bs'],
    ['"x";key', 'a parameter other than key, sf and bs'],
    ['"@method";req', 'a derived component has a parameter'],
    ['"missing";bs', 'not in the request'],
    ['"missing";sf', 'not in the request'],
  ])('is refused: %s', (components, why) => {
    expect(() => baseOf(['X', 'a=1'], components, { x: 'dictionary' })).toThrow(why)
  })
})

/** Changes of valid messages: each is a way in which parsers are known to disagree, to overflow, or to wait for ever. */
import type { Random } from '../shared/random.ts'

type Mutation = (text: string, random: Random) => string

/** Applies a few mutations, or none. */
export function mutate(text: string, random: Random): string {
  let mutated = text
  for (let i = random.pick([0, 1, 1, 1, 2, 2, 3, 5]); i > 0; i--)
    mutated = random.pick(MUTATIONS)(mutated, random)
  return mutated
}

const NASTY = [
  '\r',
  '\n',
  '\0',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '\x0b',
  '\x7f',
  '\x80',
  '\xff',
  '0',
  '-',
  '+',
  '"',
  '\r\n',
  '\r\n\r\n',
  '%00',
  '%2f',
  '../',
  '\\',
  '#',
]

const LINES = [
  'Content-Length: 0',
  'Content-Length: 5',
  'Content-Length: 5, 5',
  'Content-Length: +5',
  'Content-Length: 0x5',
  'Content-Length: 18446744073709551616',
  'Content-Length:',
  'Content_Length: 5',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding:\x0bchunked',
  'Transfer-Encoding: "chunked"',
  'transfer-encoding: CHUNKED',
  'Host: b.test',
  'Host:',
  'Connection: close',
  'Connection: content-length, host',
  'Connection: transfer-encoding',
  'Connection: upgrade',
  'Upgrade: websocket',
  'Upgrade: h2c',
  'HTTP2-Settings: AAMAAABkAAQAAP__',
  'Expect: 100-continue',
  'Expect: 200-ok',
  'Trailer: content-length',
  ' folded: 1',
  '\tfolded',
  ': no name',
  'no colon',
  'X-\0: 1',
  'X-Bad: a\0b',
  'Via: 1.1 postern',
  'Max-Forwards: 0',
]

const MUTATIONS: readonly Mutation[] = [
  function putByte(text, random) {
    const at = random.int(0, text.length)
    return text.slice(0, at) + random.pick(NASTY) + text.slice(at)
  },
  function replaceByte(text, random) {
    const at = random.int(0, text.length)
    return text.slice(0, at) + random.pick(NASTY) + text.slice(at + 1)
  },
  function removeBytes(text, random) {
    const at = random.int(0, text.length)
    return text.slice(0, at) + text.slice(at + random.size(1, 20))
  },
  function repeatBytes(text, random) {
    const at = random.int(0, text.length)
    const slice = text.slice(at, at + random.size(1, 100))
    return text.slice(0, at) + slice + text.slice(at)
  },
  function breakLineEnd(text, random) {
    return replaceNth(text, /\r\n/g, random, () =>
      random.pick(['\n', '\r', '\n\r', '\r\r\n', ' \r\n', '\r\n ', '\0\r\n']),
    )
  },
  function addLine(text, random) {
    return replaceNth(text, /\r\n/g, random, () => `\r\n${random.pick(LINES)}\r\n`)
  },
  function repeatLine(text, random) {
    return replaceNth(text, /[^\r\n]+\r\n/g, random, (line) => line + line)
  },
  function removeLine(text, random) {
    return replaceNth(text, /[^\r\n]+\r\n/g, random, () => '')
  },
  function blankBeforeColon(text, random) {
    return replaceNth(text, /:/g, random, () => random.pick([' :', '\t:', '::', '']))
  },
  function changeNumber(text, random) {
    return replaceNth(text, /\b[0-9a-f]{1,4}\b/g, random, (number) => {
      const value = Number.parseInt(number, 16)
      return random.pick([
        String(value + 1),
        String(Math.max(0, value - 1)),
        `0${number}`,
        `0x${number}`,
        `-${number}`,
        '',
        'ffffffffffffffff',
        `${number}g`,
      ])
    })
  },
  function changeCase(text, random) {
    return replaceNth(text, /[A-Za-z-]+/g, random, (word) =>
      random.pick([word.toLowerCase(), word.toUpperCase()]),
    )
  },
  function changeVersion(text, random) {
    return replaceNth(text, /HTTP\/1\.1/g, random, () =>
      random.pick(['HTTP/1.0', 'HTTP/0.9', 'HTTP/1.2', 'HTTP/2.0', 'HTTP/1.10', 'http/1.1', '']),
    )
  },
  function changeTarget(text, random) {
    return replaceNth(
      text,
      / \/[^ ]*/g,
      random,
      (target) =>
        ` ${random.pick(['*', 'a.test:80', '//a.test', 'http://b.test/', 'http://a.test', '/..', '/%2e%2e/', '/a//b', '/%5c', '/%zz', `/${'%41'.repeat(50)}`, '/a b'])}${random.chance(0.5) ? target.slice(1) : ''}`,
    )
  },
  function hugeLine(text, random) {
    const length = random.size(1_000, 120_000)
    return replaceNth(text, /\r\n/g, random, () => `\r\nX-Huge: ${'h'.repeat(length)}\r\n`)
  },
  function manyLines(text, random) {
    const count = random.size(50, 1_500)
    return replaceNth(text, /\r\n/g, random, () => `\r\n${'X-Many: 1\r\n'.repeat(count)}`)
  },
  function cutOff(text, random) {
    return text.slice(0, random.int(0, text.length))
  },
  function swapHalves(text, random) {
    const at = random.int(0, text.length)
    return text.slice(at) + text.slice(0, at)
  },
  function appendGarbage(text, random) {
    return (
      text +
      Array.from({ length: random.size(1, 40) }, () => String.fromCharCode(random.int(0, 255))).join('')
    )
  },
]

/** Replaces one match of a pattern, anywhere. */
function replaceNth(text: string, pattern: RegExp, random: Random, by: (match: string) => string): string {
  const matches = [...text.matchAll(pattern)]
  if (matches.length === 0) return text
  const match = random.pick(matches)
  return text.slice(0, match.index) + by(match[0]) + text.slice(match.index + match[0].length)
}

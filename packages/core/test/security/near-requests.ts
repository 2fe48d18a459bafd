/** Requests that are valid, or nearly so: every way in which two parsers are known to read the same bytes differently. */
import fc from 'fast-check'

/** Bytes as a Latin-1 string, and where they are cut on their way. */
export interface Arrival {
  readonly bytes: string
  /** Lengths of the pieces; the rest comes last. */
  readonly pieces: readonly number[]
}

const one = (...values: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...values)
/** Mostly the first, sometimes one of the others. */
const mostly = (usual: fc.Arbitrary<string>, ...odd: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof({ arbitrary: usual, weight: 24 }, { arbitrary: one(...odd), weight: 1 })

const method = mostly(
  one('GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS'),
  'get',
  'BREW',
  'CONNECT',
  'TRACE',
  'PRI',
  'G\0T',
)

const segment = one(
  'a',
  'b1',
  '~u',
  'x.y',
  'a%20b',
  '%7e',
  '%41',
  'a_b',
  'a;p=1',
  '..a',
  'a:b',
  "!$&'()*+,=@",
)
const oddSegment = [
  '',
  '.',
  '..',
  '%2e%2E',
  '%2f',
  '%5c',
  '\\',
  '%00',
  '%',
  '%zz',
  '%C0%AF',
  '\xe9',
  'a b',
  '#f',
  '..;x',
  '%252e',
]
const path = fc
  .array(mostly(segment, ...oddSegment), { minLength: 1, maxLength: 4 })
  .map((segments) => `/${segments.join('/')}`)
const query = mostly(one('', '', '?', '?q=1', '?a=/../b', '?a%00b', '?q=%2f&x=[1]'), '?\xff', '?#')
const target = fc.oneof(
  { arbitrary: fc.tuple(path, query).map((parts) => parts.join('')), weight: 8 },
  {
    arbitrary: one(
      '*',
      'a.test',
      'http://a.test/x',
      'HTTP://A.TEST/x?y',
      'http://b.test/x',
      'http://u@a.test/',
      '//a.test/x',
      'a.test:80',
      'http:/x',
      '',
    ),
    weight: 1,
  },
)

const fieldName = mostly(
  one('x-a', 'X-User', 'accept', 'Cookie', 'x_user', 'via', 'x-forwarded-for', 'Te', 'trailer', 'date'),
  'x a',
  'x-a ',
  'x(a)',
  '',
  'x\0a',
  'x\xe9',
  'x:a',
  '\tx',
  'host',
  'upgrade',
  'keep-alive',
)
const fieldValue = mostly(
  one('1', 'a b', '', '"q, r"', 'gzip', 'a\tb', '\xe9t\xe9', 'x-user', 'for=1.2.3.4'),
  'a\rb',
  'a\nb',
  'a\0b',
  'a\r\n b',
  '\x7f',
  '\x01',
  'a\r\n\tb',
  ' lead',
  'trail \t',
)
const field = fc
  .tuple(fieldName, mostly(one(':', ': ', ':\t', ':  '), ' :'), fieldValue)
  .map((parts) => parts.join(''))
const connection = one(
  'Connection: close',
  'Connection: keep-alive',
  'Connection: x-user',
  'Connection: x-a, host',
  'Connection: content-length',
  'Connection: transfer-encoding',
  'connection: ,,',
  'Connection: close, x_user',
)
const host = mostly(
  one('Host: a.test'),
  '',
  'Host: a.test\r\nHost: a.test',
  'Host: a.test\r\nHost: b.test',
  'Host: a,b',
  'Host:',
  'Host : a.test',
  'Host: a.test:80:80',
  'Host: a/b',
  'host: \xe9',
)

/** Inner bytes that are a request of their own when a length was read wrongly. */
const INNER = 'GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n'
const data = one('', 'a', 'hello', '0\r\n\r\n', INNER, 'a\0b\xff', '\r\n', 'x'.repeat(300))

const byLength = fc
  .tuple(
    data,
    fc.oneof(
      { arbitrary: fc.constant(0), weight: 6 },
      { arbitrary: fc.integer({ min: -3, max: 40 }), weight: 2 },
    ),
  )
  .map(([body, error]) => ({ framing: `Content-Length: ${body.length + error}`, body }))
const chunkEnd = mostly(one('\r\n'), '\n', '\r', ' \r\n', '', '\r\n\r\n')
const extension = mostly(
  one('', '', ';a', ';a=b', ';a="q;\\" r"', ' ; a = b'),
  ';',
  ';a=',
  ';a="',
  ';a\nb',
  ';\0',
  ';a=\x01',
  ' ',
  '\t;x',
)
const chunk = fc
  .tuple(
    data,
    extension,
    chunkEnd,
    chunkEnd,
    mostly(one('plain'), 'upper', 'zeros', 'prefix', 'wrong', 'sign', 'blank'),
  )
  .map(([body, ext, lineEnd, dataEnd, how]) => `${size(body.length, how)}${ext}${lineEnd}${body}${dataEnd}`)
const lastChunk = mostly(
  one('0\r\n\r\n'),
  '0\r\n',
  '',
  '0\n\n',
  '00\r\n\r\n',
  '0;x\r\n\r\n',
  '0\r\nx-trailer: 1\r\n\r\n',
  '0\r\nContent-Length: 9\r\n\r\n',
  '0\r\nx : 1\r\n\r\n',
  '0\r\n\n',
  '0\r\n\r',
  '-0\r\n\r\n',
  '0x0\r\n\r\n',
)
const coding = mostly(
  one('Transfer-Encoding: chunked', 'transfer-encoding: Chunked'),
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding: \x0bchunked',
  'Transfer-Encoding: "chunked"',
  'Transfer-Encoding: chunked;q=1',
  'Transfer-Encoding:\r\n chunked',
  'Transfer_Encoding: chunked',
)
const byChunks = fc
  .tuple(coding, fc.array(chunk, { maxLength: 3 }), lastChunk)
  .map(([framing, chunks, last]) => ({
    framing,
    body: chunks.filter((text) => !text.startsWith('0\r\n')).join('') + last,
  }))
const none = mostly(one(''), 'a', '0\r\n\r\n', INNER).map((body) => ({ framing: '', body }))
const doubled = fc
  .tuple(byLength, byLength, one('Content-Length: 3', 'Content-Length: 0, 0', 'Transfer-Encoding: chunked'))
  .map(([first, second, third]) => ({
    framing: `${first.framing}\r\n${third.endsWith('3') ? third : second.framing}\r\n${third}`,
    body: first.body,
  }))
const framed = fc.oneof(
  { arbitrary: byLength, weight: 5 },
  { arbitrary: byChunks, weight: 5 },
  { arbitrary: none, weight: 3 },
  { arbitrary: doubled, weight: 1 },
)

const request = fc
  .record({
    before: mostly(one(''), '\r\n', '\r\n\r\n', '\n', ' ', '\r'),
    method,
    target,
    version: mostly(one('HTTP/1.1'), 'HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'http/1.1', '', 'HTTP/1.1 '),
    gap: mostly(one(' '), '  ', '\t'),
    lineEnd: mostly(one('\r\n'), '\n', '\r', '\r\n '),
    host,
    fields: fc.array(fc.oneof({ arbitrary: field, weight: 4 }, { arbitrary: connection, weight: 1 }), {
      maxLength: 4,
    }),
    framed,
    headEnd: mostly(one('\r\n'), '\n', '\r', ''),
    after: mostly(one(''), INNER, 'x', '\r\n'),
  })
  .map((parts) => {
    const { before, method, gap, target, version, lineEnd, host, fields, framed, headEnd, after } = parts
    const lines = [host, ...fields, framed.framing].filter((line) => line !== '').map((line) => `${line}\r\n`)
    return `${before}${method}${gap}${target}${gap}${version}${lineEnd}${lines.join('')}${headEnd}${framed.body}${after}`
  })

/** One to three requests on one connection, cut into pieces anywhere. */
export const arrivals: fc.Arbitrary<Arrival> = fc.record({
  bytes: fc.array(request, { minLength: 1, maxLength: 3 }).map((all) => all.join('')),
  pieces: fc.array(fc.integer({ min: 1, max: 80 }), { maxLength: 6 }),
})

/** The same, with single bytes replaced, removed or put in. */
export const brokenArrivals: fc.Arbitrary<Arrival> = fc
  .tuple(
    arrivals,
    fc.array(
      fc.tuple(fc.nat(), one('\r', '\n', '\0', ' ', ':', '\t', '\x80', ';', ',', '0', '\r\n', ''), fc.nat(1)),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([{ bytes, pieces }, edits]) => ({
    pieces,
    bytes: edits.reduce((text, [place, put, removed]) => {
      const at = place % (text.length + 1)
      return text.slice(0, at) + put + text.slice(at + removed)
    }, bytes),
  }))

function size(length: number, how: string): string {
  const hex = length.toString(16)
  if (how === 'upper') return hex.toUpperCase()
  if (how === 'zeros') return `000${hex}`
  if (how === 'prefix') return `0x${hex}`
  if (how === 'wrong') return (length + 1).toString(16)
  if (how === 'sign') return `+${hex}`
  return how === 'blank' ? ` ${hex}` : hex
}

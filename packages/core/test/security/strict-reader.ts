/**
 * Reads requests as RFC 9112 writes them and takes nothing else: no repair, no leniency, no guess. What this reader and
 * a lenient one read differently is what smuggling is made of, so it shares no code with any parser that is under test.
 */

/** One request as it stood on the wire. */
export interface StrictRequest {
  readonly method: string
  readonly target: string
  readonly version: '1.0' | '1.1'
  /** Flat `[name, value, …]`, wire case. */
  readonly headers: readonly string[]
  /** Without chunks. */
  readonly body: string
}

/** What bytes say, read from their beginning. Latin-1 strings stand for bytes. */
export interface StrictReading {
  readonly requests: readonly StrictRequest[]
  /** `end`: nothing is left. `partial`: a valid beginning is. `invalid`: the next byte can belong to no request. */
  readonly rest: 'end' | 'partial' | 'invalid'
  /** What is wrong, when something is. */
  readonly why: string
}

class Partial extends Error {}
class Invalid extends Error {}

/**
 * What is overlooked: `nothing`, or `what a server may`, which node:http makes use of. That is empty lines before a
 * request (RFC 9112 section 2.2), several blanks between the words of its first line (section 3), and whatever a chunk
 * extension says (section 7.1.1). None of it moves the place where anything begins or ends.
 */
export type Overlooked = 'nothing' | 'what a server may'

/** Reads every request there is. */
export function readStrictly(text: string, overlooked: Overlooked): StrictReading {
  const requests: StrictRequest[] = []
  const cursor = new Cursor(text)
  try {
    const grammar = overlooked === 'nothing' ? STRICT : LOOSE
    for (;;) {
      if (grammar === LOOSE) while (/[\r\n]/.test(text[cursor.at] ?? '')) cursor.at++
      if (cursor.at === text.length) return { requests, rest: 'end', why: '' }
      requests.push(readRequest(cursor, grammar))
    }
  } catch (thrown) {
    if (thrown instanceof Partial) return { requests, rest: 'partial', why: thrown.message }
    if (thrown instanceof Invalid) return { requests, rest: 'invalid', why: thrown.message }
    throw thrown
  }
}

/** A place in the text. */
class Cursor {
  at = 0
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** The line from here, without its CRLF. A CR or LF alone ends no line (RFC 9112 section 2.2). */
  line(): string {
    const stray = /\r(?!\n|$)|(?<!\r)\n/.exec(this.text.slice(this.at))
    const end = this.text.indexOf('\r\n', this.at)
    if (stray && (end === -1 || this.at + stray.index < end)) throw new Invalid('a bare CR or LF')
    if (end === -1) throw new Partial('in a line')
    const line = this.text.slice(this.at, end)
    this.at = end + 2
    return line
  }

  /** So many bytes from here. */
  take(count: number): string {
    if (this.at + count > this.text.length) throw new Partial('in a body')
    this.at += count
    return this.text.slice(this.at - count, this.at)
  }
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const FIELD_LINE = new RegExp(
  `^(${TOKEN}):[ \\t]*(|[\\x21-\\x7e\\x80-\\xff](?:[\\t\\x20-\\x7e\\x80-\\xff]*[\\x21-\\x7e\\x80-\\xff])?)[ \\t]*$`,
)
const QUOTED = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"'
const EXTENSION = `[ \\t]*;[ \\t]*${TOKEN}(?:[ \\t]*=[ \\t]*(?:${TOKEN}|${QUOTED}))?`

interface Grammar {
  readonly requestLine: RegExp
  readonly chunkLine: RegExp
}

const STRICT: Grammar = {
  requestLine: new RegExp(`^(${TOKEN}) ([\\x21-\\x7e]+) HTTP/(1\\.[01])$`),
  chunkLine: new RegExp(`^([0-9A-Fa-f]+)(?:${EXTENSION})*$`),
}
const LOOSE: Grammar = {
  requestLine: new RegExp(`^(${TOKEN}) +([\\x21-\\x7e]+) +HTTP/(1\\.[01])$`),
  chunkLine: /^([0-9A-Fa-f]+)(?:;[\t\x20-\x7e\x80-\xff]*)?$/,
}

function readRequest(cursor: Cursor, grammar: Grammar): StrictRequest {
  const line = cursor.line()
  const start = grammar.requestLine.exec(line)
  if (!start) throw new Invalid(`not a request line: ${JSON.stringify(line)}`)
  const [, method = '', target = '', version] = start
  const headers = readFields(cursor)
  const values = (name: string): string[] =>
    headers.filter((_, i) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === name)
  if (values('host').length !== 1 && (version === '1.1' || values('host').length > 1))
    throw new Invalid('not one Host (RFC 9112 section 3.2)')
  const body = readBody(
    cursor,
    grammar,
    values('content-length'),
    values('transfer-encoding'),
    version === '1.0',
  )
  return { method, target, version: version as '1.0' | '1.1', headers, body }
}

function readFields(cursor: Cursor): string[] {
  const fields: string[] = []
  for (let line = cursor.line(); line !== ''; line = cursor.line()) {
    const field = FIELD_LINE.exec(line)
    if (!field) throw new Invalid(`not a field line: ${JSON.stringify(line)}`)
    fields.push(field[1] ?? '', field[2] ?? '')
  }
  return fields
}

/** RFC 9112 section 6.3. */
function readBody(
  cursor: Cursor,
  grammar: Grammar,
  lengths: string[],
  codings: string[],
  isOld: boolean,
): string {
  if (codings.length > 0) {
    if (lengths.length > 0) throw new Invalid('both Transfer-Encoding and Content-Length')
    if (isOld) throw new Invalid('Transfer-Encoding in HTTP/1.0')
    if (codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked') throw new Invalid('not just chunked')
    return readChunks(cursor, grammar)
  }
  if (lengths.length === 0) return ''
  if (lengths.length > 1 || !/^\d+$/.test(lengths[0] ?? '')) throw new Invalid('not one length')
  return cursor.take(Number(lengths[0]))
}

/** RFC 9112 section 7.1. */
function readChunks(cursor: Cursor, grammar: Grammar): string {
  let body = ''
  for (;;) {
    const line = cursor.line()
    const chunk = grammar.chunkLine.exec(line)
    if (!chunk) throw new Invalid(`not a chunk size: ${JSON.stringify(line)}`)
    const size = Number.parseInt(chunk[1] ?? '', 16)
    if (size === 0) break
    body += cursor.take(size)
    if (cursor.take(2) !== '\r\n') throw new Invalid('a chunk longer than its size')
  }
  readFields(cursor)
  return body
}

/**
 * Reads HTTP/1 messages as RFC 9112 writes them, from Latin-1 strings that stand for bytes. It shares nothing with the
 * parsers that are under test: where they agree with it, nothing was read in two ways.
 */

/** A request or a response as it stood on the wire. */
export interface Message {
  /** Method, target and version, or version, status and reason. */
  readonly start: readonly [string, string, string]
  /** Flat `[name, value, …]`, wire case. */
  readonly headers: readonly string[]
  /** Without chunks. */
  readonly body: string
}

/** What bytes say. */
export interface Reading {
  readonly messages: readonly Message[]
  /** Where the last whole message ends. */
  readonly consumed: number
  /** `end`: nothing is left. `partial`: a valid beginning is. `invalid`: what follows can be no message. */
  readonly rest: 'end' | 'partial' | 'invalid'
  /** What is wrong, or missing. */
  readonly why: string
}

/** What may be read less strictly. */
export interface Grammar {
  readonly startLine: RegExp
  readonly chunkLine: RegExp
  /** Whether CR and LF between messages are skipped (RFC 9112 section 2.2). */
  readonly skipsEmptyLines: boolean
  /** Whether a request must have one Host, and one only. */
  readonly needsHost: boolean
}

class Missing extends Error {}
class Broken extends Error {}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const TEXT = '[\\t\\x20-\\x7e\\x80-\\xff]'
const QUOTED = `"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\${TEXT})*"`
const EXTENSION = `[ \\t]*;[ \\t]*${TOKEN}(?:[ \\t]*=[ \\t]*(?:${TOKEN}|${QUOTED}))?`
const CHUNK_LINE = new RegExp(`^([0-9A-Fa-f]+)(?:${EXTENSION})*$`)
const FIELD_LINE = new RegExp(`^(${TOKEN}):[ \\t]*(${TEXT}*?)[ \\t]*$`)

/** Requests to the letter. */
const REQUESTS: Grammar = {
  startLine: new RegExp(`^(${TOKEN}) ([\\x21-\\x7e]+) (HTTP/1\\.[01])$`),
  chunkLine: CHUNK_LINE,
  skipsEmptyLines: false,
  needsHost: true,
}

/**
 * Requests with what a server may overlook and node:http does: empty lines, several blanks in the first line, what a
 * chunk extension says, and the Host of a request that is refused for something else. None of it moves the place where anything begins or ends.
 */
export const OVERLOOKED: Grammar = {
  startLine: new RegExp(`^(${TOKEN}) +([\\x21-\\x7e]+) +(HTTP/1\\.[01])$`),
  chunkLine: new RegExp(`^([0-9A-Fa-f]+)(?:;${TEXT}*)?$`),
  skipsEmptyLines: true,
  needsHost: false,
}

const RESPONSES: Grammar = {
  startLine: new RegExp(`^(HTTP/1\\.[01]) ([1-9]\\d\\d) (${TEXT}*)$`),
  chunkLine: CHUNK_LINE,
  skipsEmptyLines: false,
  needsHost: true,
}

/** Reads requests from the beginning. */
export function readRequests(text: string, grammar: Grammar = REQUESTS): Reading {
  return read(text, grammar, undefined, (cursor) => {
    const { start, headers } = readHead(cursor, grammar)
    const hosts = valuesOf(headers, 'host').length
    const isUnclear = hosts > 1 || (hosts === 0 && start[2] === 'HTTP/1.1')
    if (grammar.needsHost && isUnclear) throw new Broken('not one Host')
    const framing = framingOf(headers, start[2])
    return { start, headers, body: framing === 'close' ? '' : readBody(cursor, framing, grammar) }
  })
}

/**
 * Reads final responses from the beginning; informational ones are passed over.
 * @param method of the requests: an answer to HEAD has no body.
 * @param ended whether the connection is over: the end of some bodies.
 * @param most how many to read. Default: all.
 */
export function readResponses(text: string, method: string, ended: boolean, most?: number): Reading {
  return read(text, RESPONSES, most, (cursor) => {
    let head = readHead(cursor, RESPONSES)
    while (head.start[1][0] === '1' && head.start[1] !== '101') head = readHead(cursor, RESPONSES)
    const { start, headers } = head
    const bodiless = method === 'HEAD' || start[1] === '204' || start[1] === '304'
    const framing = framingOf(headers, start[0])
    if (bodiless) return { ...head, body: '' }
    if (framing !== 'close') return { ...head, body: readBody(cursor, framing, RESPONSES) }
    if (!ended) throw new Missing('the end of the connection')
    return { ...head, body: cursor.take(text.length - cursor.at) }
  })
}

/** Values of a header. */
export function valuesOf(headers: readonly string[], lowerName: string): string[] {
  return headers.filter((_, i) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === lowerName)
}

function read(
  text: string,
  grammar: Grammar,
  most = Number.POSITIVE_INFINITY,
  one: (cursor: Cursor) => Message,
): Reading {
  const messages: Message[] = []
  const cursor = new Cursor(text)
  let consumed = 0
  try {
    for (;;) {
      if (grammar.skipsEmptyLines) while (/[\r\n]/.test(text[cursor.at] ?? '')) cursor.at++
      if (cursor.at === text.length || messages.length === most)
        return { messages, consumed, rest: 'end', why: '' }
      messages.push(one(cursor))
      consumed = cursor.at
    }
  } catch (thrown) {
    if (thrown instanceof Missing) return { messages, consumed, rest: 'partial', why: thrown.message }
    if (thrown instanceof Broken) return { messages, consumed, rest: 'invalid', why: thrown.message }
    throw thrown
  }
}

class Cursor {
  at = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The line from here. A CR or LF alone ends no line (RFC 9112 section 2.2). */
  line(): string {
    const end = this.#text.indexOf('\n', this.at)
    const line =
      end === -1 ? this.#text.slice(this.at).replace(/\r$/, '') : this.#text.slice(this.at, end - 1)
    const isBroken = line.includes('\r') || (end !== -1 && this.#text[end - 1] !== '\r')
    if (isBroken || (end !== -1 && end === this.at)) throw new Broken('a bare CR or LF')
    if (end === -1) throw new Missing('the end of a line')
    this.at = end + 1
    return line
  }

  take(count: number): string {
    if (this.at + count > this.#text.length) throw new Missing('the rest of a body')
    this.at += count
    return this.#text.slice(this.at - count, this.at)
  }
}

function readHead(cursor: Cursor, { startLine }: Grammar): Pick<Message, 'start' | 'headers'> {
  const line = cursor.line()
  const [, a = '', b = '', c = ''] = startLine.exec(line) ?? []
  if (a === '') throw new Broken(`not a first line: ${JSON.stringify(line.slice(0, 100))}`)
  return { start: [a, b, c], headers: readFields(cursor) }
}

function readFields(cursor: Cursor): string[] {
  const fields: string[] = []
  for (let line = cursor.line(); line !== ''; line = cursor.line()) {
    const [, name, value = ''] = FIELD_LINE.exec(line) ?? []
    if (name === undefined) throw new Broken(`not a field: ${JSON.stringify(line.slice(0, 100))}`)
    fields.push(name, value)
  }
  return fields
}

/** RFC 9112 section 6.3: chunks, so many bytes, or to the end of the connection. */
function framingOf(headers: readonly string[], version: string): 'chunked' | 'close' | number {
  const lengths = valuesOf(headers, 'content-length')
  const codings = valuesOf(headers, 'transfer-encoding')
  if (codings.length > 0) {
    if (lengths.length > 0) throw new Broken('both Transfer-Encoding and Content-Length')
    if (version === 'HTTP/1.0') throw new Broken('Transfer-Encoding in HTTP/1.0')
    if (codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked') throw new Broken('not just chunked')
    return 'chunked'
  }
  if (lengths.length === 0) return 'close'
  if (lengths.length > 1 || !/^\d{1,15}$/.test(lengths[0] ?? '')) throw new Broken('not one length')
  return Number(lengths[0])
}

function readBody(cursor: Cursor, framing: 'chunked' | number, grammar: Grammar): string {
  if (framing !== 'chunked') return cursor.take(framing)
  let body = ''
  for (;;) {
    const line = cursor.line()
    const size = Number.parseInt(grammar.chunkLine.exec(line)?.[1] ?? '', 16)
    if (Number.isNaN(size)) throw new Broken(`not a chunk size: ${JSON.stringify(line.slice(0, 100))}`)
    if (size === 0) break
    body += cursor.take(size)
    const end = cursor.take(2)
    if (end !== '\r\n') throw new Broken('a chunk longer than its size')
  }
  readFields(cursor)
  return body
}

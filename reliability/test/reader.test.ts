/** Proves that the fuzzers' reader takes what RFC 9112 allows and nothing else: what agrees with it was read in one way. */
import { describe, expect, it } from 'vitest'
import { OVERLOOKED, readRequests, readResponses } from '../fuzz/reader.ts'

const HEAD = 'POST /a HTTP/1.1\r\nHost: a\r\n'
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n3;x="y"\r\nabc\r\n0\r\nT: 1\r\n\r\n`

describe('requests', () => {
  it('are read one after the other', () => {
    const text = `${CHUNKED}${HEAD}Content-Length: 2\r\n\r\nhi`
    const { messages, rest, consumed } = readRequests(text)
    expect(messages.map(({ body }) => body)).toEqual(['abc', 'hi'])
    expect([rest, consumed]).toEqual(['end', text.length])
  })

  it('that break off are partial at every place', () => {
    for (let at = 1; at < CHUNKED.length; at++)
      expect(readRequests(CHUNKED.slice(0, at)).rest, `${at}`).toBe('partial')
  })

  it.each([
    ['a bare LF', CHUNKED.replace('\r\nHost', '\nHost')],
    ['a bare CR', CHUNKED.replace('Host: a', 'Host: a\rb: c')],
    ['a fold', CHUNKED.replace('Host: a', 'Host: a\r\n b')],
    ['a NUL', CHUNKED.replace('Host: a', 'Host: a\r\nX: \0')],
    ['a blank before the colon', CHUNKED.replace('Host:', 'Host :')],
    ['no Host', CHUNKED.replace('Host: a\r\n', '')],
    ['two Hosts', CHUNKED.replace('Host: a', 'Host: a\r\nHost: a')],
    ['both lengths', CHUNKED.replace('chunked', 'chunked\r\nContent-Length: 3')],
    ['two lengths', `${HEAD}Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi`],
    ['another coding', CHUNKED.replace('chunked', 'gzip, chunked')],
    ['a chunk beyond its size', CHUNKED.replace('abc', 'abcd')],
    ['a size with a prefix', CHUNKED.replace('3;', '0x3;')],
    ['an extension without a value', CHUNKED.replace('"y"', '')],
    ['two blanks', CHUNKED.replace('POST ', 'POST  ')],
    ['an empty line before', `\r\n${CHUNKED}`],
  ])('with %s are none', (_what, text) => {
    expect(readRequests(text).rest).toBe('invalid')
  })

  it('may be read as a server may read them', () => {
    const odd = `\r\n\n${CHUNKED.replace('POST ', 'POST  ').replace('"y"', '')}`
    expect(readRequests(odd, OVERLOOKED)).toMatchObject({ rest: 'end', messages: [{ body: 'abc' }] })
  })
})

describe('responses', () => {
  it('end with their length, their last chunk or their connection', () => {
    const head = 'HTTP/1.1 200 OK\r\n'
    const byLength = `HTTP/1.1 103 Early Hints\r\n\r\n${head}Content-Length: 2\r\n\r\nhi`
    expect(readResponses(byLength, 'GET', false)).toMatchObject({ rest: 'end', messages: [{ body: 'hi' }] })
    expect(readResponses(`${head}\r\nhi`, 'GET', true)).toMatchObject({
      rest: 'end',
      messages: [{ body: 'hi' }],
    })
    expect(readResponses(`${head}\r\nhi`, 'GET', false).rest).toBe('partial')
    expect(readResponses(`${head}Content-Length: 2\r\n\r\n`, 'HEAD', true).rest).toBe('end')
    expect(readResponses(`${head}Content-Length: 2\r\n\r\nh`, 'GET', true).rest).toBe('partial')
  })
})

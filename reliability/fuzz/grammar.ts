/** Valid messages that carry a marker wherever one can stand, so that bytes tell whose they are. */
import { Random } from '../shared/random.ts'

/** The marker of a case. Its second part depends on its first, so that no mutation of one makes another. */
export function markerOf(number: number): string {
  return `m${number}x${new Random(number).int(0, 2 ** 31).toString(36)}m`
}

/** Every marker in a text, each once. */
export function markersIn(text: string): string[] {
  const found = new Set(text.match(/m\d+x[a-z0-9]+m/g))
  return [...found].filter((marker) => marker === markerOf(Number.parseInt(marker.slice(1), 10)))
}

/** One valid request, now and then several on one connection. */
export function validRequests(random: Random, marker: string): string {
  const count = random.chance(0.3) ? random.int(2, 3) : 1
  return Array.from({ length: count }, () => validRequest(random, marker)).join('')
}

function validRequest(random: Random, marker: string): string {
  const method = random.pick(['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH'])
  const target = random.pick([
    `/${marker}`,
    `/${marker}/a/b`,
    `/${marker}?q=1`,
    `http://a.test/${marker}`,
    `/%41/${marker};p=1`,
  ])
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: a.test', `X-Marker: ${marker}`]
  for (let i = random.int(0, 4); i > 0; i--) lines.push(random.pick(COMMON_LINES))
  const body = random.pick([
    '',
    marker,
    `${marker}\0\xff`,
    `${marker}GET /${marker} HTTP/1.1\r\nHost: b.test\r\n\r\n`,
  ])
  const head = (line: string): string => `${[...lines, line].join('\r\n')}\r\n\r\n`
  if (random.chance(0.4)) return `${head('Transfer-Encoding: chunked')}${chunks(random, body)}`
  if (body !== '' || method === 'POST') return `${head(`Content-Length: ${body.length}`)}${body}`
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** A body in chunks. */
function chunks(random: Random, body: string): string {
  let text = ''
  for (let at = 0; at < body.length; ) {
    const piece = body.slice(at, at + random.int(1, 30))
    const extension = random.chance(0.2) ? random.pick([';a', ';a=b', ';a="b c"']) : ''
    text += `${piece.length.toString(16)}${extension}\r\n${piece}\r\n`
    at += piece.length
  }
  return `${text}0\r\n${random.chance(0.2) ? 'X-Trailer: 1\r\n' : ''}\r\n`
}

/** One valid response. */
export function validResponse(random: Random, marker: string): string {
  const status = random.pick([
    '200 OK',
    '200 OK',
    '201 Created',
    '404 Not Found',
    '500 Oops',
    '204 No Content',
    '304 Not Modified',
  ])
  const lines = [`HTTP/1.1 ${status}`, `X-Marker: ${marker}`]
  for (let i = random.int(0, 3); i > 0; i--) lines.push(random.pick(RESPONSE_LINES))
  const before = random.chance(0.2) ? 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n' : ''
  const body = /^(204|304)/.test(status) ? '' : `${marker}${'.'.repeat(random.int(0, 200))}`
  const head = (line: string): string => `${before}${[...lines, line].join('\r\n')}\r\n\r\n`
  if (body === '') return `${before}${lines.join('\r\n')}\r\n\r\n`
  const framing = random.pick(['length', 'length', 'chunked', 'close'] as const)
  if (framing === 'chunked') return `${head('Transfer-Encoding: chunked')}${chunks(random, body)}`
  return framing === 'length'
    ? `${head(`Content-Length: ${body.length}`)}${body}`
    : `${head('Connection: close')}${body}`
}

const COMMON_LINES = [
  'Accept: */*',
  'Cookie: a=1; b=2',
  'X-User: root',
  'X_User: root',
  'X-Forwarded-For: 1.2.3.4',
  'Via: 1.1 other',
  'Connection: keep-alive',
  'Connection: X-User',
  'TE: trailers',
  'X-Empty:',
  'X-Text: \xe9t\xe9',
]

const RESPONSE_LINES = [
  'Content-Type: text/plain',
  'Set-Cookie: a=1',
  'Set-Cookie: b=2',
  'Connection: keep-alive',
  'Connection: X-Private',
  'X-Private: 1',
  'X-Empty:',
  'Keep-Alive: timeout=5',
  'Trailer: X-Trailer',
]

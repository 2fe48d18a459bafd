/** HTTP/2 by hand (RFC 9113): frames to send, broken or not, and a look at frames that come back. */
import type { Random } from '../shared/random.ts'

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
/** What a peer may send unless we allow more (RFC 9113 section 4.2). */
const MOST_LENGTH = 16_384
const KNOWN_TYPES = 0x10

const TYPE = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const

/** A connection with a preface and frames, in an order and with contents that are valid now and then. */
export function http2Bytes(random: Random, marker: string): string {
  const frames = [frame(TYPE.settings, 0, 0, '')]
  for (let i = random.int(1, 6); i > 0; i--) frames.push(anyFrame(random, marker))
  if (random.chance(0.1)) frames.reverse()
  const preface = random.chance(0.9) ? PREFACE : PREFACE.slice(0, random.int(0, PREFACE.length))
  const text = preface + frames.join('')
  if (random.chance(0.6)) return text
  const at = random.int(0, text.length)
  return text.slice(0, at) + String.fromCharCode(random.int(0, 255)) + text.slice(at + random.int(0, 2))
}

function anyFrame(random: Random, marker: string): string {
  const stream = random.pick([1, 1, 3, 5, 0, 2, 2 ** 31 - 1])
  const flags = random.pick([0, 1, 4, 4, 5, 5, 8, 0x20, 0xff])
  switch (random.int(0, 9)) {
    case 0:
    case 1:
    case 2:
      return frame(TYPE.headers, flags, stream, headerBlock(random, marker))
    case 3:
      return frame(TYPE.data, flags & 1, stream, marker.repeat(random.int(0, 50)))
    case 4:
      return frame(
        TYPE.settings,
        0,
        0,
        setting(random.int(0, 8), random.pick([0, 1, 100, 2 ** 24, 2 ** 31 - 1])),
      )
    case 5:
      return frame(TYPE.window, 0, stream, uint(random.pick([0, 1, 65_535, 2 ** 31 - 1]), 4))
    case 6:
      return frame(TYPE.reset, 0, stream, uint(random.int(0, 13), 4))
    case 7:
      return frame(TYPE.ping, flags & 1, 0, 'p'.repeat(random.pick([8, 8, 7, 0])))
    case 8:
      return frame(TYPE.continuation, flags & 4, stream, headerBlock(random, marker))
    default:
      return frame(random.int(0, 255), flags, stream, 'x'.repeat(random.size(1, 20_000)))
  }
}

function headerBlock(random: Random, marker: string): string {
  const fields: [string, string][] = [
    [':method', random.pick(['GET', 'POST', 'HEAD', 'CONNECT', 'G T'])],
    [':scheme', random.pick(['http', 'http', 'https', ''])],
    [
      ':path',
      random.pick([
        `/${marker}`,
        `/${marker}`,
        `/${marker}?a`,
        '',
        '*',
        `/../${marker}`,
        `/${marker}\r\nx: 1`,
      ]),
    ],
    [':authority', random.pick(['a.test', 'a.test', 'b.test', 'a b', ''])],
    ['x-marker', marker],
  ]
  for (let i = random.int(0, 3); i > 0; i--) fields.push(random.pick(ODD_FIELDS))
  if (random.chance(0.15)) fields.splice(random.int(0, fields.length - 1), 1)
  if (random.chance(0.1)) fields.reverse()
  return fields.map(([name, value]) => `\0${string(name)}${string(value)}`).join('')
}

const ODD_FIELDS: readonly [string, string][] = [
  ['content-length', '5'],
  ['content-length', '0'],
  ['transfer-encoding', 'chunked'],
  ['connection', 'close'],
  ['te', 'trailers'],
  ['host', 'b.test'],
  ['Upper', '1'],
  ['x-crlf', 'a\r\nb: c'],
  ['x-nul', 'a\0b'],
  ['x y', '1'],
  ['', '1'],
  [':status', '200'],
  [':path', '/second'],
  ['cookie', 'a=1'],
  ['expect', '100-continue'],
]

/** A literal without Huffman (RFC 7541 section 5.2). */
function string(text: string): string {
  return String.fromCharCode(Math.min(text.length, 126)) + text.slice(0, 126)
}

function frame(type: number, flags: number, stream: number, payload: string): string {
  return uint(payload.length, 3) + uint(type, 1) + uint(flags, 1) + uint(stream, 4) + payload
}

function setting(id: number, value: number): string {
  return uint(id, 2) + uint(value, 4)
}

function uint(value: number, bytes: number): string {
  return Array.from({ length: bytes }, (_, i) =>
    String.fromCharCode(Math.floor(value / 256 ** (bytes - 1 - i)) % 256),
  ).join('')
}

/** What is wrong with frames that a server sent, or nothing. A frame that breaks off at the end is a cut. */
export function findBadFrame(text: string): string | undefined {
  for (let at = 0; at + 9 <= text.length; ) {
    const length = text.charCodeAt(at) * 65_536 + text.charCodeAt(at + 1) * 256 + text.charCodeAt(at + 2)
    const type = text.charCodeAt(at + 3)
    if (length > MOST_LENGTH) return `a frame of ${length} bytes at ${at}`
    if (type > KNOWN_TYPES) return `a frame of type ${type} at ${at}`
    if (at === 0 && type !== TYPE.settings) return `the first frame is of type ${type}, not SETTINGS`
    at += 9 + length
  }
  return undefined
}

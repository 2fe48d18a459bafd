/**
 * Proves, for whatever bytes come in whatever pieces: what an upstream receives is exactly the requests that the guards
 * saw, each once, read by a reader that shares nothing with the gateway's parsers; or it receives nothing.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createGateway } from '../../src/gateway.ts'
import type { Gateway } from '../../src/index.ts'
import { until } from '../../src/testing.ts'
import { plugin } from '../support.ts'
import { type Arrival, arrivals, brokenArrivals } from './near-requests.ts'
import { readStrictly, type StrictRequest } from './strict-reader.ts'

/** What a guard saw, and what the last plugin before the upstream saw. */
interface Seen {
  readonly run: number
  readonly method: string
  readonly target: string
  upstreamHeaders: readonly string[]
  bodyBytes: number
  over: boolean
}

const MARK = 'x-seen'
/** By exchange, of every run. */
const seen = new Map<string, Seen>()
/** Number of the arrival that is tried. */
let run = 0
/** What came at the upstream, by connection, as Latin-1. */
let connections: { text: string; answered: number }[] = []
/** Requests that reached the upstream in a test: a property of nothing would hold. */
let forwarded = 0
let upstream: Server
let gateway: Gateway
let port: number

const watcher = plugin('watcher', ({ hooks }) => {
  hooks.onRoute.tap((route) => {
    route.hooks.preForward.tap(({ id, method, path, query }) => {
      seen.set(id, { run, method, target: path + query, upstreamHeaders: [], bodyBytes: 0, over: false })
    })
    route.hooks.mapUpstreamRequest.tap((exchange) => {
      exchange.upstreamRequestHeaders.push(MARK, exchange.id)
      const record = seen.get(exchange.id)
      if (record) record.upstreamHeaders = exchange.upstreamRequestHeaders.slice()
    })
    route.hooks.onFinish.tap(({ id, requestBytes }) => {
      const record = seen.get(id)
      if (record) Object.assign(record, { bodyBytes: requestBytes, over: true })
    })
  })
})

beforeAll(async () => {
  upstream = createServer((socket) => {
    const connection = { text: '', answered: 0 }
    connections.push(connection)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      connection.text += chunk.toString('latin1')
      const { requests } = readStrictly(connection.text, 'nothing')
      for (; connection.answered < requests.length; connection.answered++)
        answer(requests[connection.answered], socket)
    })
  })
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
  gateway = createGateway([watcher], { upstream: origin, logger: false, timeouts: { headersMs: 2_000 } })
  port = (await gateway.listen({ port: 0 })).port
})
afterAll(async () => {
  await gateway.close({ graceMs: 0 })
  upstream.close()
})

/** The connection ends with the answer, so that every run begins with a fresh one and all that it brought is known. */
function answer(request: StrictRequest | undefined, socket: Socket): void {
  const body = request?.method === 'HEAD' ? '' : 'ok'
  socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n${body}`)
}

/**
 * Sends bytes in their pieces and waits until the gateway is done with them.
 * @param answers how many there will be at least, unless the gateway closes the connection.
 * @param isWhole whether nothing but whole requests is sent.
 */
async function deliver({ bytes, pieces }: Arrival, answers: number, isWhole: boolean): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let received = ''
  const closed = new Promise((resolve) => socket.on('close', resolve))
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
  })
  let at = 0
  for (const length of [...pieces, bytes.length]) {
    if (socket.destroyed) break
    if (at > 0) await delay(1)
    socket.write(Buffer.from(bytes.slice(at, at + length), 'latin1'))
    at += length
  }
  const answered = (): boolean => (received.match(/HTTP\/1\.1 \d/g) ?? []).length >= answers
  await until(() => socket.destroyed || answered(), `${answers} answers to ${JSON.stringify(bytes)}`)
  // node:http gives up what runs when its client says that nothing follows. What a lenient parser would make of the rest
  // has no answer to wait for, and must get the time to do harm.
  if (!isWhole) await delay(4)
  socket.end()
  await closed
  await until(() => [...seen.values()].every(({ over }) => over), 'every exchange to be over')
}

/** Runs one arrival and compares what the client wrote, the guards saw and the upstream received. */
async function compare(arrival: Arrival): Promise<void> {
  run++
  connections = []
  const sent = readStrictly(arrival.bytes, 'what a server may')
  const written = sent.requests.slice()
  await deliver(arrival, written.length, sent.rest === 'end')
  const arrived = new Map<string, StrictRequest>()
  for (const { text } of connections) {
    const { requests, rest, why } = readStrictly(text, 'nothing')
    // An upload that broke off leaves the beginning of a request, which nobody takes for a whole one.
    expect(rest, `the upstream got ${JSON.stringify(text)}: ${why}`).not.toBe('invalid')
    expect(requests.length, `one connection brought ${JSON.stringify(text)}`).toBeLessThanOrEqual(1)
    for (const request of requests) {
      const id = headerOf(request.headers, MARK) ?? ''
      const record = seen.get(id)
      if (!record) throw new Error(`no guard saw ${JSON.stringify(text)}`)
      expectSame(request, record)
      expect(arrived.has(id), 'one exchange reached the upstream twice').toBe(false)
      arrived.set(id, request)
    }
  }
  for (const [id, record] of seen) {
    const request = arrived.get(id)
    // What was on its way when its client was cut off arrives in a later run.
    if (!request || record.run !== run) continue
    forwarded++
    // The client really wrote it: the same request with the same body, in its place among those that went through.
    const place = written.findIndex(({ method, body }) => method === request.method && body === request.body)
    expect(place, `the client wrote no such request: ${JSON.stringify(request)}`).not.toBe(-1)
    written.splice(0, place + 1)
  }
}

/** The upstream got what the guards saw: method, target, every header line, as many body bytes. */
function expectSame(request: StrictRequest, record: Seen): void {
  expect(request.method).toBe(record.method)
  expect(request.target).toBe(record.target)
  expect(request.body.length).toBe(record.bodyBytes)
  const ofTheWire = new Set(['host', 'connection', 'transfer-encoding', 'content-length'])
  const lines = (flat: readonly string[]): string[] =>
    flat.flatMap((name, i) => {
      const isName = i % 2 === 0 && !ofTheWire.has(name.toLowerCase())
      return isName ? [`${name.toLowerCase()}: ${flat[i + 1] ?? ''}`] : []
    })
  expect(lines(request.headers)).toEqual(lines(record.upstreamHeaders))
}

function headerOf(headers: readonly string[], lowerName: string): string | undefined {
  const at = headers.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === lowerName)
  return at === -1 ? undefined : headers[at + 1]
}

describe('an upstream receives the requests that the guards saw, or nothing', () => {
  const holdsFor = async (arbitrary: fc.Arbitrary<Arrival>, leastForwarded: number): Promise<void> => {
    forwarded = 0
    await fc.assert(fc.asyncProperty(arbitrary, compare), {
      seed: 20_261_124,
      numRuns: 400,
    })
    expect(forwarded).toBeGreaterThan(leastForwarded)
  }

  test('of requests that are valid or nearly so', { timeout: 60_000 }, () => holdsFor(arrivals, 100))

  test('of such requests with single bytes changed', { timeout: 60_000 }, () => holdsFor(brokenArrivals, 25))
})

test('the reader takes valid requests and nothing else, so that agreeing with it means something', () => {
  const valid =
    'POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x="y"\r\nabc\r\n0\r\nt: 1\r\n\r\n'
  expect(readStrictly(valid + valid, 'nothing')).toMatchObject({
    rest: 'end',
    requests: [{ body: 'abc' }, { body: 'abc' }],
  })
  for (const cut of [1, 20, 60, valid.length - 1])
    expect(readStrictly(valid.slice(0, cut), 'nothing').rest).toBe('partial')
  for (const broken of [
    valid.replace('Host: a\r\n', ''),
    valid.replace('Host: a', 'Host : a'),
    valid.replace('Host: a', 'Host: a\r\n b'),
    valid.replace('a\r\nT', 'a\nT'),
    valid.replace('3;', '0x3;'),
    valid.replace('abc', 'abcd'),
    valid.replace('chunked', 'chunked\r\nContent-Length: 3'),
  ])
    expect(readStrictly(broken, 'nothing').rest, JSON.stringify(broken)).toBe('invalid')
})

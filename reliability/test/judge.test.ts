/** Proves that the fuzzer sees what it is there for: outcomes that must not be are found, and only those. */
import { describe, expect, it } from 'vitest'
import type { Outcome } from '../fuzz/arena.ts'
import type { CaseKind, FuzzCase } from '../fuzz/case.ts'
import { markerOf, markersIn } from '../fuzz/grammar.ts'
import { judge } from '../fuzz/judge.ts'
import { minimise } from '../fuzz/minimise.ts'
import { readRequests } from '../fuzz/reader.ts'
import type { Sighting } from '../fuzz/sighting.ts'

const A = markerOf(1)
const B = markerOf(2)
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

const caseOf = (number: number, kind: CaseKind, bytes: string): FuzzCase => ({
  number,
  kind,
  bytes,
  pieces: [],
  closes: true,
})

/** An outcome in which all went well, for one request of case 1, with some of it changed. */
function outcomeOf(
  arrived: string,
  changes: Partial<Outcome> & { sighting?: Partial<Sighting> } = {},
): Outcome {
  const headers = ['x-marker', A, 'x-seen', '7']
  const sighting = { id: '7', method: 'POST', target: `/${A}`, headers, bodyBytes: 2, ...changes.sighting }
  return {
    received: [{ text: ANSWER, closed: true }],
    arrivals: { requests: readRequests(arrived).messages, broken: [] },
    sightings: new Map([['7', sighting]]),
    complaints: [],
    ...changes,
  }
}

const SENT = `POST /${A} HTTP/1.1\r\nHost: a\r\nX-Marker: ${A}\r\nContent-Length: 2\r\n\r\nhi`
const ARRIVED = `POST /${A} HTTP/1.1\r\nHost: a\r\nX-Marker: ${A}\r\nx-seen: 7\r\nContent-Length: 2\r\n\r\nhi`
const batch = [caseOf(1, 'request', SENT)]

describe('requests', () => {
  it('that are forwarded as the guards saw them pass', () => {
    expect(judge(batch, outcomeOf(ARRIVED))).toEqual([])
  })

  it.each<[string, Outcome, RegExp]>([
    ['no guard saw', outcomeOf(ARRIVED.replace('x-seen: 7', 'x-seen: 8')), /^no guard saw/],
    ['twice', outcomeOf(ARRIVED + ARRIVED), /^one exchange reached the upstream twice/],
    ['with another method', outcomeOf(ARRIVED, { sighting: { method: 'GET' } }), /method GET/],
    ['with another target', outcomeOf(ARRIVED, { sighting: { target: '/b' } }), /target \/b/],
    ['with another header', outcomeOf(ARRIVED.replace('x-seen', 'x-more: 1\r\nx-seen')), /headers/],
    ['with another length', outcomeOf(ARRIVED, { sighting: { bodyBytes: 3 } }), /3 bytes/],
    ['with another body', outcomeOf(ARRIVED.replace('hi', 'ho')), /^the client wrote no such request/],
    ['with bytes of another', outcomeOf(ARRIVED.replace(`Host: a`, `Host: ${B}`)), /in one request/],
    ['in a form that is none', outcomeOf('', { arrivals: { requests: [], broken: ['x'] } }), /no request/],
    ['while the gateway dies', outcomeOf(ARRIVED, { complaints: ['the gateway is gone'] }), /gone/],
  ])('%s are found', (_what, outcome, message) => {
    expect(judge(batch, outcome).join('\n')).toMatch(message)
  })
})

describe('answers', () => {
  const answered = (text: string, closed = true): Outcome =>
    outcomeOf(ARRIVED, { received: [{ text, closed }] })

  it.each<[string, Outcome, RegExp]>([
    ['of somebody else', answered(ANSWER.replace('OK', B)), /came to another client/],
    ['that are no HTTP', answered('hello'), /no HTTP/],
    ['behind garbage', answered(`${ANSWER}xyz\r\n\r\n`), /no HTTP/],
    ['on a connection that stays', answered(ANSWER, false), /stayed open/],
  ])('%s are found', (_what, outcome, message) => {
    expect(judge(batch, outcome).join('\n')).toMatch(message)
  })

  const upstreamSaid = (bytes: string, text: string): string[] =>
    judge([caseOf(1, 'response', bytes)], { ...answered(text), arrivals: { requests: [], broken: [] } })

  it('of upstreams go through, are refused or are cut', () => {
    const cut = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok'
    const refusal =
      'HTTP/1.1 502 Bad Gateway\r\nContent-Type: application/problem+json\r\nContent-Length: 2\r\n\r\n{}'
    expect(upstreamSaid(ANSWER, ANSWER)).toEqual([])
    expect(upstreamSaid(cut, cut)).toEqual([])
    expect(upstreamSaid(cut, refusal)).toEqual([])
    expect(upstreamSaid(cut, ANSWER)).toEqual([expect.stringMatching(/cut answer was passed on as complete/)])
    expect(upstreamSaid(ANSWER, ANSWER.replace('ok', 'no'))).toEqual([
      expect.stringMatching(/body was another/),
    ])
    expect(upstreamSaid(ANSWER, ANSWER + ANSWER)).toEqual([expect.stringMatching(/several answers/)])
    expect(upstreamSaid(ANSWER, '')).toEqual([expect.stringMatching(/no answer and no cut/)])
  })

  it('in HTTP/2 are frames', () => {
    const http2 = [caseOf(1, 'http2', 'PRI')]
    const frames = (text: string): string[] =>
      judge(http2, { ...answered(text), arrivals: { requests: [], broken: [] } })
    expect(frames('\0\0\0\x04\0\0\0\0\0')).toEqual([])
    expect(frames('\0\0\0\x06\0\0\0\0\0')).toEqual([expect.stringMatching(/not SETTINGS/)])
    expect(frames('\xff\0\0\x04\0\0\0\0\0')).toEqual([expect.stringMatching(/frame of \d+ bytes/)])
  })
})

it('a marker that was changed is none', () => {
  expect(markersIn(`${A} ${B.replace('2', '3')} ${B}`)).toEqual([A, B])
})

it('a finding is made as small as it still shows', async () => {
  const shows = async (bytes: string): Promise<boolean> => bytes.includes('\0') && bytes.includes('z')
  expect(await minimise(`${'a'.repeat(200)}\0${'b'.repeat(99)}z`, shows)).toBe('\0z')
})

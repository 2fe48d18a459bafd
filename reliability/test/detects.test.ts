/** Proves that the soak sees what it is there for: proxies with known faults do not pass. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Child } from '../shared/child.ts'
import { verdictOf } from '../soak/result.ts'
import type { UpstreamPorts } from '../upstream/process.ts'
import { runCases } from './direct.ts'
import { type Fault, startNaiveProxy } from './naive-proxy.ts'

let upstream: Child
let ports: UpstreamPorts

beforeAll(async () => {
  upstream = new Child('the upstream', 'upstream/process.ts')
  ports = await upstream.ask<UpstreamPorts>('listen', 0)
})
afterAll(() => upstream.stop())

it.each<[Fault, string, RegExp]>([
  ['ends-cut-answers', 'reset-in-body', /taken for complete/],
  ['ends-cut-answers', 'too-short', /taken for complete/],
  ['ends-cut-answers', 'cut-chunk', /taken for complete/],
  ['drops-a-byte', 'trickle', /bytes/],
  ['drops-a-byte', 'sse', /events/],
  ['mixes-answers', 'long-poll', /another case/],
  ['mixes-answers', 'post', /another case/],
  ['answers-500', 'reset-before-head', /expected 502/],
])('%s: wrong for %s', async (fault, kind, message) => {
  await using proxy = await startNaiveProxy(ports.http, fault)
  const targets = { http: () => `http://127.0.0.1:${proxy.port}`, grpc: '' }
  const tally = await runCases(kind, 12, targets)
  const { wrong, lost } = tally.total()
  expect(wrong).toBeGreaterThan(0)
  expect(lost).toBe(0)
  expect(tally.failures[0]?.message).toMatch(message)
})

it('what is never answered is lost', async () => {
  await using proxy = await startNaiveProxy(ports.http, 'never-answers')
  const targets = { http: () => `http://127.0.0.1:${proxy.port}`, grpc: '' }
  const tally = await runCases('get', 3, targets, 300)
  expect(tally.total()).toEqual({ sent: 3, right: 0, rightError: 0, lost: 3, wrong: 0 })
})

it('everything that must not be speaks against a result', () => {
  const good = {
    sent: 2,
    right: 1,
    rightError: 1,
    lost: 0,
    wrong: 0,
    socketsLeft: 0,
    timersLeft: 0,
    heapGrowth: 0.04,
  }
  expect(verdictOf(good)).toEqual([])
  expect(verdictOf({ ...good, lost: 1 })).toEqual(['1 lost'])
  expect(verdictOf({ ...good, wrong: 2 })).toEqual(['2 wrong'])
  expect(verdictOf({ ...good, socketsLeft: 3 })).toEqual(['3 sockets left'])
  expect(verdictOf({ ...good, timersLeft: 4 })).toEqual(['4 timers left'])
  expect(verdictOf({ ...good, heapGrowth: 0.05 })).toEqual(['the heap grew by 5.0 %'])
  expect(verdictOf({ ...good, sent: 0 })).toEqual(['nothing was sent'])
})

/** Proves that a kind fails nobody wrongly: without a gateway between, all it sends to the upstream goes right. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Child } from '../shared/child.ts'
import type { UpstreamPorts } from '../upstream/process.ts'
import type { Targets } from '../workload/kind.ts'
import { runCases } from './direct.ts'

let upstream: Child
let ports: UpstreamPorts

beforeAll(async () => {
  upstream = new Child('the upstream', 'upstream/process.ts')
  ports = await upstream.ask<UpstreamPorts>('listen', 0)
})
afterAll(() => upstream.stop())

const targetsAt = (port: number): Targets => ({
  http: () => `http://127.0.0.1:${port}`,
  grpc: `127.0.0.1:${ports.grpc}`,
})

it.each([
  'get',
  'head',
  'post',
  'chunked',
  'pipelining',
  'slow-reader',
  'slow-writer',
  'sse',
  'long-poll',
  'abort-before-head',
  'abort-after-head',
  'abort-upload',
  'trickle',
  'informational',
  'reset-in-body',
  'too-short',
  'bad-chunk',
  'cut-chunk',
  'websocket',
  'grpc',
])('%s over HTTP/1.1', { timeout: 60_000 }, async (kind) => {
  const tally = await runCases(kind, 30, targetsAt(ports.http))
  expect(tally.failures).toEqual([])
  expect(tally.total()).toMatchObject({ sent: 30, lost: 0, wrong: 0 })
})

it('http2', { timeout: 60_000 }, async () => {
  const tally = await runCases('http2-upstream', 30, targetsAt(ports.http2))
  expect(tally.failures).toEqual([])
  expect(tally.total()).toMatchObject({ sent: 30, lost: 0, wrong: 0 })
})

it('takes a connection at a slow door', { timeout: 60_000 }, async () => {
  const tally = await runCases('slow-accept', 5, targetsAt(ports.slow))
  expect(tally.total()).toMatchObject({ right: 5 })
})

import { createUpstream } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import { trace } from '../../src/index.ts'
import { readB3, removeB3 } from '../../src/propagation/b3.ts'
import { send, startGateway } from '../_support/harness.ts'

const LONG = '80f198ee56343ba864fe8b2a57d3eff7'
const SHORT = '64fe8b2a57d3eff7'
const SPAN = 'e457b5a2e4d86bd1'
const PARENT = '05e3ac9a4f6e3b90'
const parent = (traceId: string, flags: number) => ({ traceId, spanId: SPAN, flags })

describe('B3 headers', () => {
  it.each([
    ['the single one', ['b3', `${LONG}-${SPAN}-1-${PARENT}`], parent(LONG, 1), true, false],
    [
      'the single one, short id',
      ['B3', `${SHORT}-${SPAN}-0`],
      parent(`${'0'.repeat(16)}${SHORT}`, 0),
      false,
      false,
    ],
    ['the single one, undecided', ['b3', `${LONG}-${SPAN}`], parent(LONG, 0), undefined, false],
    ['the single one, debug', ['b3', `${LONG}-${SPAN}-d`], parent(LONG, 1), true, true],
    ['the decision alone', ['b3', '0'], undefined, false, false],
    [
      'the several',
      ['X-B3-TraceId', LONG, 'X-B3-SpanId', SPAN, 'X-B3-Sampled', '1'],
      parent(LONG, 1),
      true,
      false,
    ],
    [
      'the several, early form',
      ['x-b3-traceid', LONG, 'x-b3-spanid', SPAN, 'x-b3-sampled', 'false'],
      parent(LONG, 0),
      false,
      false,
    ],
    [
      'the several, debug',
      ['x-b3-traceid', LONG, 'x-b3-spanid', SPAN, 'x-b3-flags', '1'],
      parent(LONG, 1),
      true,
      true,
    ],
    [
      'the several, undecided',
      ['x-b3-traceid', SHORT, 'x-b3-spanid', SPAN],
      parent(`${'0'.repeat(16)}${SHORT}`, 0),
      undefined,
      false,
    ],
    [
      'the single one before the several',
      ['x-b3-traceid', SHORT, 'x-b3-spanid', SPAN, 'b3', `${LONG}-${SPAN}-1`],
      parent(LONG, 1),
      true,
      false,
    ],
    [
      'the several where the single one is broken',
      ['x-b3-traceid', LONG, 'x-b3-spanid', SPAN, 'b3', 'x'],
      parent(LONG, 0),
      undefined,
      false,
    ],
  ])('are read: %s', (_, headers, expected, sampled, debug) => {
    expect(readB3(headers)).toEqual({ parent: expected, sampled, debug })
  })

  it.each([
    [[]],
    [['b3', `${LONG}-${'0'.repeat(16)}-1`]],
    [['b3', `${'0'.repeat(32)}-${SPAN}-1`]],
    [['b3', `${LONG.toUpperCase()}-${SPAN}-1`]],
    [['b3', `${LONG}-${SPAN}-2`]],
    [['b3', `${LONG}-${SPAN}-1-${PARENT}-1`]],
    [['b3', `${LONG}-${SPAN}-1-x`]],
    [['b3', `${LONG}-${SPAN}-1`, 'b3', `${LONG}-${SPAN}-1`]],
    [['x-b3-traceid', LONG]],
    [['x-b3-spanid', SPAN]],
    [['x-b3-traceid', `${LONG}0`, 'x-b3-spanid', SPAN]],
  ])('that are not valid count for nothing: %j', (headers) => {
    expect(readB3(headers)).toBeUndefined()
  })

  it('are removed, and nothing else', () => {
    const headers = [
      'X-B3-TraceId',
      '1',
      'x-b3',
      '2',
      'B3',
      '3',
      'te',
      '4',
      'x-b3-flags',
      '5',
      'x-b4-flags',
      '6',
    ]
    removeB3(headers)
    expect(headers).toEqual(['x-b3', '2', 'te', '4', 'x-b4-flags', '6'])
  })
})

describe('with propagation of B3', () => {
  it('a B3 trace is continued, and goes on in every form that is asked for', async () => {
    await using upstream = await createUpstream()
    const propagation = { in: ['w3c', 'b3'], out: ['w3c', 'b3', 'b3-multi'] } as const
    await using gateway = await startGateway([trace({ propagation })], { upstream: upstream.url })
    await send(gateway.url, [
      'X-B3-TraceId',
      SHORT,
      'X-B3-SpanId',
      SPAN,
      'X-B3-Sampled',
      '0',
      'tracestate',
      'a=1',
    ])
    const [line] = await gateway.access(1)
    const headers = upstream.requests[0]?.headers ?? {}
    const traceId = `${'0'.repeat(16)}${SHORT}`
    const [own, attempt] = [String(line?.['spanId']), String(line?.['attemptSpanIds'])]
    expect(line).toMatchObject({ traceId, parentSpanId: SPAN, sampled: false })
    expect(headers).toMatchObject({
      traceparent: `00-${traceId}-${attempt}-00`,
      b3: `${traceId}-${attempt}-0-${own}`,
      'x-b3-traceid': traceId,
      'x-b3-spanid': attempt,
      'x-b3-parentspanid': own,
      'x-b3-sampled': '0',
    })
    expect(headers['tracestate']).toBeUndefined()
  })

  it('the order says which of two contexts counts', async () => {
    await using upstream = await createUpstream()
    const w3c = '4bf92f3577b34da6a3ce929d0e0e4736'
    const both = ['traceparent', `00-${w3c}-00f067aa0ba902b7-01`, 'b3', `${LONG}-${SPAN}-1`]
    for (const [first, second, expected] of [
      ['w3c', 'b3', w3c],
      ['b3', 'w3c', LONG],
    ] as const) {
      const plugin = trace({ propagation: { in: [first, second] } })
      await using gateway = await startGateway([plugin], { upstream: upstream.url })
      await send(gateway.url, both)
      expect(await gateway.access(1)).toMatchObject([{ traceId: expected }])
      // What is read and not written would lead a receiver past us.
      expect(upstream.requests.at(-1)?.headers['b3']).toBeUndefined()
    }
  })

  it('debug goes on, and an open decision is made here', async () => {
    await using upstream = await createUpstream()
    const plugin = trace({ propagation: { in: ['b3'], out: ['b3', 'b3-multi'] }, sampleRatio: 0 })
    await using gateway = await startGateway([plugin], { upstream: upstream.url })
    await send(gateway.url, ['b3', `${LONG}-${SPAN}-d`, 'traceparent', `00-${LONG}-${SPAN}-01`])
    await send(gateway.url, ['b3', `${LONG}-${SPAN}`])
    await send(gateway.url, ['b3', '1'])
    const [debug, open, alone] = upstream.requests.map(({ headers }) => headers)
    expect(debug?.['b3']).toMatch(new RegExp(`^${LONG}-[0-9a-f]{16}-d-`))
    expect(debug).toMatchObject({ 'x-b3-flags': '1' })
    expect(debug?.['x-b3-sampled']).toBeUndefined()
    expect(debug?.['traceparent']).toBeUndefined()
    expect(open?.['b3']).toMatch(new RegExp(`^${LONG}-[0-9a-f]{16}-0-`))
    expect(alone?.['b3']).toMatch(/^[0-9a-f]{32}-[0-9a-f]{16}-1-/)
  })

  it('without it, B3 of trusted callers is none of our business', async () => {
    await using upstream = await createUpstream()
    await using gateway = await startGateway([trace()], { upstream: upstream.url })
    await send(gateway.url, ['b3', `${LONG}-${SPAN}-1`])
    expect(upstream.requests[0]?.headers['b3']).toBe(`${LONG}-${SPAN}-1`)
  })
})

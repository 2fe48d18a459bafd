import { describe, expect, it } from 'vitest'
import { reconstruct, type TraceIdError } from '../../src/reconstruct.ts'
import { line, logFolder, span, streamOf, TRACE } from '../_support/logs.ts'

const OTHER = '4bf92f35aaaaaaaaaaaaaaaaaaaaaaaa'

/** Two traces whose ids begin alike; the second names a span of its own in attempts. */
const LINES = [
  line({ spanId: span(1), exchangeId: 'order-4711' }),
  line({ spanId: span(2), parentSpanId: span(1) }),
  line({ traceId: OTHER, spanId: span(3), attemptSpanIds: span(4), exchangeId: 'e'.repeat(32) }),
].join('')

const failure = (id: string) =>
  reconstruct(id, [streamOf(LINES)]).then(
    () => expect.fail('it found something'),
    (error: unknown) => error as TraceIdError,
  )

describe('an id', () => {
  const fits: readonly (readonly [string, string, string])[] = [
    ['of a trace', TRACE, TRACE],
    ['of a trace in upper case', TRACE.toUpperCase(), TRACE],
    ['that is the beginning of one', TRACE.slice(0, 9), TRACE],
    ['in a traceparent', `00-${TRACE}-${span(99)}-01`, TRACE],
    ['of a span', span(2), TRACE],
    ['of an attempt', span(4), OTHER],
    ['of an exchange that the caller chose', 'order-4711', TRACE],
    ['of an exchange that looks like a trace', 'e'.repeat(32), OTHER],
  ]
  it.each(fits)('%s leads to the trace', async (_, id, traceId) => {
    await using logs = await logFolder()
    const tree = await reconstruct(id, [await logs.write('access.log', LINES)])
    expect(tree.traceId).toBe(traceId)
    expect(tree.exchanges).toBe(traceId === TRACE ? 2 : 1)
  })

  it('that fits several traces is refused, with their ids', async () => {
    const error = await failure('4bf92f35')
    expect(error).toMatchObject({ problem: 'ambiguous', candidates: [TRACE, OTHER] })
    expect(error.message).toContain('Give more digits')
  })

  it('that nothing has is refused', async () => {
    expect(await failure('00000000deadbeef')).toMatchObject({ problem: 'unknown', candidates: [] })
    // In the middle of an id it is no beginning.
    expect(await failure(TRACE.slice(4, 14))).toMatchObject({ problem: 'unknown' })
  })

  it.each(['4bf92f3', '', 'a b c d e f', 'x'.repeat(300)])('that is none is refused: %j', async (id) => {
    expect(await failure(id)).toMatchObject({ problem: 'malformed' })
  })

  it('of a span in a stream leads to the id of the trace, as a stream is read only once', async () => {
    const error = await failure(span(2))
    expect(error).toMatchObject({ problem: 'needs-second-pass', candidates: [TRACE] })
  })

  it('of 64 bits, as B3 has them, finds the hosts that pad it and those that do not', async () => {
    const short = '463ac35c9f6413ad'
    const lines =
      line({ traceId: short, spanId: span(1) }) +
      line({ traceId: short.padStart(32, '0'), spanId: span(2), parentSpanId: span(1) })
    for (const id of [short, short.padStart(32, '0')])
      expect(await reconstruct(id, [streamOf(lines)])).toMatchObject({ exchanges: 2, missing: 0 })
  })
})

import { describe, expect, it } from 'vitest'
import { type ContinuityOptions, checkContinuity } from '../../src/reconstruct.ts'
import { line, span, streamOf } from '../_support/logs.ts'

const id = (number: number) => number.toString(16).padStart(32, 'c')

interface Call {
  readonly trace: number
  readonly from?: string
  readonly to: string
  readonly at: number
  readonly lasts?: number
  readonly parent?: number | undefined
  readonly seat?: string
  readonly name?: string
}

let spans = 0
const call = ({ trace, from, to, at, lasts = 10, parent, seat, name }: Call) =>
  line({
    traceId: id(trace),
    spanId: span(++spans),
    parentSpanId: parent === undefined ? undefined : span(parent),
    caller: from,
    service: to,
    startMs: at,
    durationMs: lasts,
    ...(seat && { seat }),
    ...(name && { name }),
  })

const judge = async (lines: readonly string[], options?: ContinuityOptions) =>
  (await checkContinuity([streamOf(lines.join(''))], options)).services

/** One request to `orders` after another, and a call out of it in the middle of each. */
const oneByOne = (count: number, outgoing: (number: number, at: number) => Partial<Call>) =>
  Array.from({ length: count }, (_, number) => [
    call({ trace: number + 1, from: 'web', to: 'orders', at: number * 100, lasts: 50 }),
    call({
      trace: number + 1,
      from: 'orders',
      to: 'stock',
      at: number * 100 + 10,
      parent: 900,
      ...outgoing(number, 0),
    }),
  ]).flat()

describe('a service', () => {
  it('that hands its trace on keeps it', async () => {
    expect(await judge(oneByOne(6, () => ({})))).toMatchObject([
      { service: 'orders', verdict: 'keeps', calls: 6, kept: 6, lostShare: 0, samples: [] },
    ])
  })

  it('that calls without a trace drops it, beyond doubt when nothing else was under way', async () => {
    const [orders] = await judge(
      oneByOne(8, (number) => (number < 6 ? { trace: 1_000 + number, parent: undefined } : {})),
    )
    expect(orders).toMatchObject({ verdict: 'drops', calls: 8, kept: 2, lostCertain: 6, lostSuspected: 0 })
    expect(orders).toMatchObject({ lostToOther: 0, lostShare: 0.75 })
    expect(orders?.samples).toHaveLength(5)
    expect(orders?.samples[0]).toMatchObject({
      traceId: id(1),
      calledTraceId: id(1_000),
      carried: 'none',
      isCertain: true,
    })
  })

  it('that calls in another trace drops it, too', async () => {
    const [orders] = await judge(oneByOne(5, () => ({ trace: 77 })))
    expect(orders).toMatchObject({ verdict: 'drops', lostCertain: 5, lostToOther: 5 })
  })

  it('is suspected only, while several requests were under way', async () => {
    const beside = call({ trace: 500, from: 'web', to: 'orders', at: -10, lasts: 10_000 })
    const [orders] = await judge([beside, ...oneByOne(5, () => ({ trace: 77 }))])
    expect(orders).toMatchObject({ verdict: 'suspected', lostCertain: 0, lostSuspected: 5 })
  })

  it('is suspected only, when its calls outlast every request: work that it does afterwards may be its own', async () => {
    const [orders] = await judge(oneByOne(5, () => ({ trace: 77, lasts: 80 })))
    expect(orders).toMatchObject({ verdict: 'suspected', lostCertain: 0 })
  })

  it('is not judged by what it calls while no request is under way', async () => {
    expect(
      await judge(oneByOne(9, (number) => ({ trace: 77, at: number * 100 + 70, parent: undefined }))),
    ).toEqual([])
  })

  it('is unclear with too few calls, as many as are asked for', async () => {
    const lines = oneByOne(3, () => ({ trace: 77 }))
    expect(await judge(lines)).toMatchObject([{ verdict: 'unclear', lostCertain: 3 }])
    expect(await judge(lines, { minSamples: 3 })).toMatchObject([{ verdict: 'drops' }])
  })

  it('is known by the name under which it calls', async () => {
    const lines = oneByOne(5, () => ({ from: 'svc-orders', trace: 77 }))
    expect(await judge(lines)).toEqual([])
    expect(await judge(lines, { callers: { 'svc-orders': 'orders' } })).toMatchObject([
      { service: 'orders', verdict: 'drops' },
    ])
  })

  it('is judged by its caller seat once, although the hop logs the call as well', async () => {
    const lines = Array.from({ length: 5 }, (_, number) => {
      const at = number * 100
      const request = call({ trace: number + 1, from: 'web', to: 'orders', at, lasts: 50 })
      const sent = call({
        trace: 77 + number,
        to: 'stock',
        at: at + 10,
        lasts: 20,
        seat: 'caller',
        name: 'orders',
      })
      const hop = call({ trace: 77 + number, from: 'orders', to: 'stock', at: at + 12, parent: spans })
      return [request, sent, hop]
    })
    expect(await judge(lines.flat())).toMatchObject([
      { service: 'orders', calls: 5, lostCertain: 5, lostToOther: 0 },
    ])
  })
})

it('compares the newest exchanges when there are more than memory is given to, and says so', async () => {
  const lines = oneByOne(50, (number) => (number < 40 ? { trace: 77 } : {}))
  const report = await checkContinuity([streamOf(lines.join(''))], { maxExchanges: 16 })
  expect(report).toMatchObject({ isCut: true, services: [{ verdict: 'keeps', calls: 8 }] })
})

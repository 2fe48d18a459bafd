import { expect, it } from 'vitest'
import { Histogram } from '../../src/reconstruct/histogram.ts'
import { mapEdges } from '../../src/reconstruct.ts'
import { line, NOW, span, streamOf } from '../_support/logs.ts'

const lines = (count: number, fields: (number: number) => Readonly<Record<string, unknown>>) =>
  Array.from({ length: count }, (_, number) => line({ spanId: span(number + 1), ...fields(number) })).join('')

it('sums up caller, callee and route, with rate, errors and quantiles', async () => {
  const orders = lines(100, (number) => ({
    caller: 'checkout',
    service: 'orders',
    route: 'list',
    auth: number % 2 ? 'jwt' : 'mtls',
    startMs: number * 100,
    durationMs: number + 1,
    status: number < 4 ? 503 : 200,
  }))
  const stock = lines(20, (number) => ({ caller: 'orders', service: 'stock', startMs: number * 100 }))
  const { edges, fromMs, toMs } = await mapEdges([streamOf(orders + stock)])
  expect(edges).toHaveLength(2)
  expect(edges[0]).toMatchObject({
    caller: 'checkout',
    callee: 'orders',
    route: 'list',
    seat: 'hop',
    auth: ['jwt', 'mtls'],
    calls: 100,
    errorShare: 0.04,
  })
  expect(edges[0]?.perSecond).toBeCloseTo(10, 0)
  expect(Math.abs((edges[0]?.p50Ms ?? 0) - 50) / 50).toBeLessThan(0.0101)
  expect(Math.abs((edges[0]?.p99Ms ?? 0) - 99) / 99).toBeLessThan(0.0101)
  expect([fromMs, toMs]).toEqual([NOW, NOW + 10_000])
  expect(edges[1]).toMatchObject({ caller: 'orders', callee: 'stock', auth: [], calls: 20, errorShare: 0 })
})

it('counts what was cut off as an error, unless the caller left', async () => {
  const text = lines(4, (number) => ({
    ...[
      { aborted: true },
      { aborted: true, closedBy: 'client' },
      { aborted: true, status: 499 },
      { aborted: true, closedBy: 'upstream' },
    ][number],
  }))
  const { edges } = await mapEdges([streamOf(text)])
  expect(edges).toMatchObject([{ calls: 4, errorShare: 0.5 }])
})

it('keeps so many edges apart, and counts the others together', async () => {
  const text = lines(300, (number) => ({
    caller: `10.0.0.${number}`,
    service: number < 2 ? 'busy' : 'orders',
  }))
  const { edges } = await mapEdges([streamOf(text + text)], { maxEdges: 10 })
  expect(edges).toHaveLength(11)
  expect(edges.at(-1)).toMatchObject({ caller: '(other)', callee: '(other)', calls: 580 })
})

it('names parties by what the line has, and leaves out what is not asked for', async () => {
  const text = [
    line({ spanId: span(1), seat: 'caller', name: 'checkout', upstream: 'http://10.0.0.7:80' }),
    line({ spanId: span(2), seat: 'callee', name: 'orders', caller: '10.0.0.1' }),
    line({ spanId: span(3) }),
  ].join('')
  const parties = async (seat?: string) =>
    (await mapEdges([streamOf(text)], { criteria: { seat } })).edges.map(
      ({ caller, callee }) => `${caller} > ${callee}`,
    )
  expect(await parties()).toEqual(['checkout > 10.0.0.7:80', '10.0.0.1 > orders', '(unknown) > (unknown)'])
  expect(await parties('callee')).toEqual(['10.0.0.1 > orders'])
})

it('has quantiles within 1 % of the true ones, over nine decades', () => {
  const histogram = new Histogram()
  expect(histogram.quantile(0.5)).toBeUndefined()
  const values = Array.from({ length: 20_000 }, (_, index) => 0.002 * 1.001 ** index).toSorted(
    (a, b) => a - b,
  )
  const known = values.filter((value) => value < 3_000_000)
  for (const value of known) histogram.add(value)
  for (const share of [0.001, 0.1, 0.5, 0.95, 0.99, 1]) {
    const exact = known[Math.ceil(share * known.length) - 1] as number
    expect(Math.abs((histogram.quantile(share) as number) - exact) / exact, String(share)).toBeLessThan(
      0.0101,
    )
  }
  histogram.add(0)
  histogram.add(1e12)
  expect(histogram.count).toBe(known.length + 2)
})

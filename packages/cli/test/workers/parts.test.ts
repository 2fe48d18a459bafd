import type { Metric } from '@postern/core'
import { describe, expect, it } from 'vitest'
import { oneAtATime } from '../../src/start/one-at-a-time.ts'
import { Backoff } from '../../src/workers/backoff.ts'
import { Figures } from '../../src/workers/figures.ts'

describe('waiting before a worker is replaced', () => {
  it('doubles with each early death up to 30 s, and begins anew after a long life', () => {
    const backoff = new Backoff()
    const waits = Array.from({ length: 10 }, () => backoff.next(1_000, () => 1))
    expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000])
    expect(backoff.next(60_000, () => 1)).toBe(200)
  })

  it('is shorter by up to a half, so that workers do not start together', () => {
    expect(new Backoff().next(0, () => 0)).toBe(100)
  })
})

const counter = (value: number): Metric => ({
  ...{ name: 'c', kind: 'counter', unit: '1', description: '' },
  points: [{ attributes: {}, value }],
})
const gauge = (value: number): Metric => ({
  ...{ name: 'g', kind: 'gauge', unit: '1', description: '' },
  points: [{ attributes: {}, value }],
})
const valuesOf = (metrics: readonly Metric[]) =>
  Object.fromEntries(metrics.map(({ name, points }) => [name, (points[0] as { value: number }).value]))

describe('figures of workers', () => {
  it('go on when one has died: its counters stay, its gauges go', () => {
    const figures = new Figures()
    const [one, other, next] = [{}, {}, {}]
    figures.keep(one, [counter(5), gauge(2)])
    figures.keep(other, [counter(3), gauge(1)])
    expect(valuesOf(figures.read())).toEqual({ c: 8, g: 3 })
    figures.end(one)
    expect(valuesOf(figures.read())).toEqual({ c: 8, g: 1 })
    figures.keep(next, [counter(1), gauge(0)])
    figures.end(other)
    expect(valuesOf(figures.read())).toEqual({ c: 9, g: 0 })
  })
})

describe('one at a time', () => {
  it('makes one more run of all calls that come while it runs, and each waits for its own', async () => {
    let running = 0
    let runs = 0
    const gates: (() => void)[] = []
    const work = oneAtATime(async () => {
      expect(++running).toBe(1)
      await new Promise<void>((resolve) => gates.push(resolve))
      running--
      return ++runs
    })
    const calls = [work(), work(), work()]
    gates[0]?.()
    expect(await calls[0]).toBe(1)
    const late = work()
    gates[1]?.()
    expect(await Promise.all(calls)).toEqual([1, 2, 2])
    expect(runs).toBe(2)
    gates[2]?.()
    expect(await late).toBe(3)
  })
})

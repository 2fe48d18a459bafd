import { describe, expect, it } from 'vitest'
import { median, ratios, rotate, type Sample, spreadOf, summarise } from '../harness/statistics.ts'

const sample = (cpuMicrosPerRequest: number, requestsPerSecond = 1000): Sample => ({
  cpuMicrosPerRequest,
  requestsPerSecond,
  p50Ms: 1,
  p99Ms: 2,
  rssBytes: 3,
})

describe('median', () => {
  it('is the middle value, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5)
  })

  it('is the mean of the two middle values of an even number', () => {
    expect(median([10, 1, 2, 4])).toBe(3)
  })

  it('compares numbers as numbers', () => {
    expect(median([9, 10, 100])).toBe(10)
  })

  it('refuses an empty list', () => {
    expect(() => median([])).toThrow(RangeError)
  })
})

describe('spreadOf', () => {
  it('gives the smallest and the largest value', () => {
    expect(spreadOf([3, 1, 2])).toEqual([1, 3])
  })

  it('refuses an empty list', () => {
    expect(() => spreadOf([])).toThrow(RangeError)
  })
})

describe('ratios', () => {
  it('compares each round with the same round of the floor', () => {
    expect(ratios([sample(20), sample(90)], [sample(10), sample(30)])).toEqual([2, 3])
  })

  it('refuses a round that the floor did not run', () => {
    expect(() => ratios([sample(20), sample(20)], [sample(10)])).toThrow('no round 2')
  })
})

describe('summarise', () => {
  it('takes the median of the ratios, not the ratio of the medians', () => {
    const floor = [sample(10), sample(50), sample(20)]
    const own = [sample(30), sample(50), sample(40)]
    expect(summarise(own, floor)).toMatchObject({ cpuMicrosPerRequest: 40, ratioToFloor: 2, rounds: 3 })
  })

  it('gives the spread of every figure', () => {
    const { spread } = summarise([sample(10, 900), sample(20, 700)], [sample(10), sample(10)])
    expect(spread).toMatchObject({
      cpuMicrosPerRequest: [10, 20],
      requestsPerSecond: [700, 900],
      ratioToFloor: [1, 2],
    })
  })
})

describe('rotate', () => {
  it('begins later and loses nothing', () => {
    expect([0, 1, 2, 3, 4].map((by) => rotate(['a', 'b', 'c'], by).join(''))).toEqual([
      'abc',
      'bca',
      'cab',
      'abc',
      'bca',
    ])
  })

  it('leaves an empty list empty', () => {
    expect(rotate([], 3)).toEqual([])
  })
})

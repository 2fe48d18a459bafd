import { expect, it } from 'vitest'
import { CountSeries } from '../../src/metrics/series.ts'
import { SeriesSet } from '../../src/metrics/series-set.ts'
import { Words } from '../../src/metrics/words.ts'

const HOUR_MS = 3_600_000

function setOf(maxSeries: number): SeriesSet<CountSeries> {
  const set = new SeriesSet((attributes) => new CountSeries(attributes))
  set.maxSeries = maxSeries
  return set
}

it('finds the series that was added, and no other', () => {
  const set = setOf(10)
  const series = set.add('a', 'b', 7, 1, { name: 'one' })
  expect(set.find('a', 'b', 7, 2)).toBe(series)
  expect([set.find('a', 'b', 8, 2), set.find('a', 'c', 7, 2), set.find('b', 'b', 7, 2)]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

it('above its limit gives one overflow series, which counts among the limit', () => {
  const set = setOf(3)
  set.add('a', '', 0, 1, { name: 'a' })
  set.add('b', '', 0, 1, { name: 'b' })
  const overflow = set.find('c', '', 0, 1)
  expect(overflow?.attributes).toEqual({ 'otel.metric.overflow': 'true' })
  expect(set.find('d', '', 0, 1)).toBe(overflow)
  expect(set.find('a', '', 0, 1)?.attributes).toEqual({ name: 'a' })
  expect([...set].map(({ attributes }) => attributes)).toHaveLength(3)
})

it('lets what was idle for an hour make room, once it is full', () => {
  const set = setOf(3)
  set.add('old', '', 0, 0, { name: 'old' })
  set.add('used', '', 0, 0, { name: 'used' })
  expect(set.find('new', '', 0, HOUR_MS - 1)).toBeDefined()
  set.find('used', '', 0, HOUR_MS)
  const later = 2 * HOUR_MS - 1
  expect(set.find('new', '', 0, later)).toBeUndefined()
  set.add('new', '', 0, later, { name: 'new' })
  expect([...set].map(({ attributes }) => attributes['name'])).toEqual(['used', 'new', undefined])
})

it('words beyond the thousandth are one', () => {
  const words = new Words()
  expect(words.number('')).toBe(0)
  for (let i = 0; i < 1_022; i++) expect(words.number(`word ${i}`)).toBe(i + 1)
  expect(words.number('one more')).toBe(1_023)
  expect(words.attribute('one more')).toBe('_OTHER')
  expect(words.attribute('word 7')).toBe('word 7')
})

import { prometheusText } from '@postern/core/metrics'
import { describe, expect, test } from 'vitest'
import {
  bucketsOf,
  bucketsSince,
  growth,
  quantileOf,
  readMetrics,
  sumOf,
} from '../../src/live/metrics-text.ts'

const histogram = (counts: readonly number[]) =>
  readMetrics(
    prometheusText([
      {
        name: 'http.server.request.duration',
        kind: 'histogram',
        unit: 's',
        description: 'x',
        bounds: [0.1, 0.5],
        points: [{ attributes: { 'http.route': 'a "b"\\\n' }, counts, sum: 1 }],
      },
    ]),
  )

describe('the text of /metrics', () => {
  test('is read as the gateway writes it, quotes and line breaks included', () => {
    const scrape = histogram([1, 2, 3])
    expect(scrape.get('http_server_request_duration_seconds_count')).toEqual([
      { labels: { http_route: 'a "b"\\\n' }, value: 6 },
    ])
    expect([...bucketsOf(scrape, 'http_server_request_duration_seconds')]).toEqual([
      [0.1, 1],
      [0.5, 2],
      [Number.POSITIVE_INFINITY, 3],
    ])
    expect(
      sumOf(scrape, 'http_server_request_duration_seconds_count', ({ http_route: name }) => name === 'x'),
    ).toBe(0)
  })

  test('may have lines of others, which are left out', () => {
    expect([...readMetrics('# EOF\nhalf a line {\nok{a="1"} 2 1700000000000\n')]).toEqual([
      ['ok', [{ labels: { a: '1' }, value: 2 }]],
    ])
  })

  test('gives quantiles between two looks, straight within a bucket', () => {
    const name = 'http_server_request_duration_seconds'
    const since = bucketsSince(
      bucketsOf(histogram([10, 0, 0]), name),
      bucketsOf(histogram([10, 10, 0]), name),
    )
    expect(quantileOf(since, 0.5)).toBeCloseTo(0.3)
    expect(quantileOf(bucketsOf(histogram([0, 0, 4]), name), 0.99)).toBe(0.5)
    expect(quantileOf(bucketsOf(histogram([0, 0, 0]), name), 0.5)).toBeUndefined()
  })

  test('takes a counter that fell for one that began anew', () => {
    expect([growth(5, 7), growth(5, 2)]).toEqual([2, 2])
    const name = 'http_server_request_duration_seconds'
    const after = bucketsOf(histogram([1, 0, 0]), name)
    expect(bucketsSince(bucketsOf(histogram([5, 5, 0]), name), after)).toBe(after)
  })
})

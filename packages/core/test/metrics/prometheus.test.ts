/** The text that Prometheus scrapes. A real Prometheus reads it in the tests of plugin-trace. */
import { expect, test } from 'vitest'
import type { HistogramMetric, Metric, NumberMetric } from '../../src/index.ts'
import { mergeMetrics, prometheusText } from '../../src/metrics.ts'

const gauge = (name: string, value: number, attributes = {}): NumberMetric => ({
  name,
  kind: 'gauge',
  unit: '{thing}',
  description: 'Things',
  points: [{ attributes, value }],
})
const duration = (counts: readonly number[], sum: number): HistogramMetric => ({
  name: 'http.server.request.duration',
  kind: 'histogram',
  unit: 's',
  description: 'Duration',
  bounds: [0.005, 1],
  points: [{ attributes: { 'http.route': 'orders' }, counts, sum }],
})

test('names, units and kinds are written as OpenTelemetry maps them', () => {
  const counter: Metric = { ...gauge('acme.sent', 3), kind: 'counter', unit: 'By' }
  expect(prometheusText([gauge('acme.things', 1.5), counter, { ...gauge('acme.use', 0.5), unit: '1' }])).toBe(
    [
      '# HELP acme_things Things',
      '# TYPE acme_things gauge',
      'acme_things 1.5',
      '# HELP acme_sent_bytes_total Things',
      '# TYPE acme_sent_bytes_total counter',
      'acme_sent_bytes_total 3',
      '# HELP acme_use_ratio Things',
      '# TYPE acme_use_ratio gauge',
      'acme_use_ratio 0.5',
      '',
    ].join('\n'),
  )
})

test('the buckets of a histogram are summed up, and end with all', () => {
  expect(
    prometheusText([duration([2, 3, 1], 4.25)])
      .split('\n')
      .slice(2, -1),
  ).toEqual([
    'http_server_request_duration_seconds_bucket{http_route="orders",le="0.005"} 2',
    'http_server_request_duration_seconds_bucket{http_route="orders",le="1"} 5',
    'http_server_request_duration_seconds_bucket{http_route="orders",le="+Inf"} 6',
    'http_server_request_duration_seconds_sum{http_route="orders"} 4.25',
    'http_server_request_duration_seconds_count{http_route="orders"} 6',
  ])
})

test('quotes, backslashes and line breaks in labels and descriptions are escaped', () => {
  const metric = { ...gauge('a', 1, { 'b.c': 'x"y\\z\n', 'b-c': 'w' }), description: 'one\ntwo\\' }
  expect(prometheusText([metric])).toBe(
    '# HELP a one\\ntwo\\\\\n# TYPE a gauge\na{b_c="x\\"y\\\\z\\n;w"} 1\n',
  )
})

test('a metric that two plugins give stands once; one without points does not stand', () => {
  const empty: Metric = { ...gauge('empty', 1), points: [] }
  const text = prometheusText([gauge('a', 1, { of: 'x' }), empty, gauge('a', 2, { of: 'y' })])
  expect(text).toBe('# HELP a Things\n# TYPE a gauge\na{of="x"} 1\na{of="y"} 2\n')
})

test('metrics of several processes are summed up by their attributes, states are the highest, or the lowest', () => {
  const health: Metric = { ...gauge('healthy', 1), merge: 'min' }
  const state: Metric = { ...gauge('state', 2), merge: 'max' }
  const merged = mergeMetrics([
    [duration([1, 0, 0], 0.001), gauge('active', 2, { a: '1', b: '2' }), state, health],
    [
      duration([0, 1, 1], 9),
      gauge('active', 3, { b: '2', a: '1' }),
      { ...state, ...gauge('state', 1) },
      { ...health, ...gauge('healthy', 0) },
    ],
  ])
  expect(merged.map(({ points }) => points)).toEqual([
    [{ attributes: { 'http.route': 'orders' }, counts: [1, 1, 1], sum: 9.001 }],
    [{ attributes: { a: '1', b: '2' }, value: 5 }],
    [{ attributes: {}, value: 2 }],
    [{ attributes: {}, value: 0 }],
  ])
})

test('of metrics that share a name and differ in kind or bounds, the first counts', () => {
  const other: Metric = { ...duration([1, 1], 1), bounds: [2] }
  expect(
    mergeMetrics([[duration([1, 0, 0], 1)], [other], [gauge('http.server.request.duration', 1)]]),
  ).toEqual([duration([1, 0, 0], 1)])
})

test('metrics whose names become one are told once, those of another kind than the first not at all', () => {
  const counter: Metric = { ...gauge('a.b', 1, { of: 'one' }), kind: 'counter' }
  const other: Metric = { ...gauge('a_b', 2, { of: 'other' }), kind: 'counter' }
  expect(prometheusText([counter, gauge('a.b.total', 3), other])).toBe(
    [
      '# HELP a_b_total Things',
      '# TYPE a_b_total counter',
      'a_b_total{of="one"} 1',
      'a_b_total{of="other"} 2',
      '',
    ].join('\n'),
  )
})

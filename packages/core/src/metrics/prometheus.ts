/**
 * The text format of Prometheus, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/), with names as the
 * OpenTelemetry specification maps them ("Prometheus and OpenMetrics Compatibility").
 */
import { mergeMetrics } from './merge.ts'
import type { HistogramMetric, HistogramPoint, Metric, MetricAttributes, NumberMetric } from './metric.ts'

/** Media type of `prometheusText`. */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Units of UCUM, as Prometheus writes them at the end of a name. */
const UNITS: ReadonlyMap<string, string> = new Map([
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['By', 'bytes'],
  ['%', 'percent'],
])

/**
 * Writes metrics as the text that Prometheus scrapes.
 *
 * @example
 * createServer((request, response) => {
 *   response.setHeader('content-type', PROMETHEUS_CONTENT_TYPE)
 *   response.end(prometheusText(gateway.metrics()))
 * }).listen(9901, '127.0.0.1')
 */
export function prometheusText(metrics: readonly Metric[]): string {
  const filled = mergeMetrics([metrics]).filter(({ points }) => points.length > 0)
  // All lines of one name have to stand together, whoever gave them: `a.b` and `a_b` are one here.
  return mergeMetrics([filled.map((metric) => ({ ...metric, name: nameOf(metric) }))])
    .map((metric) => (metric.kind === 'histogram' ? histogramText(metric) : numberText(metric)))
    .join('')
}

function numberText(metric: NumberMetric): string {
  const { name } = metric
  const lines = metric.points.map(
    ({ attributes, value }) => `${name}${labels(attributes)} ${numeral(value)}\n`,
  )
  return `${heading(metric)}${lines.join('')}`
}

function histogramText(metric: HistogramMetric): string {
  const { name } = metric
  return `${heading(metric)}${metric.points.map((point) => histogramLines(name, metric.bounds, point)).join('')}`
}

function histogramLines(
  name: string,
  bounds: readonly number[],
  { attributes, counts, sum }: HistogramPoint,
): string {
  let total = 0
  const buckets = counts.map((count, bucket) => {
    total += count
    const le = numeral(bounds[bucket] ?? Number.POSITIVE_INFINITY)
    return `${name}_bucket${labels({ ...attributes, le })} ${total}\n`
  })
  const own = labels(attributes)
  return `${buckets.join('')}${name}_sum${own} ${numeral(sum)}\n${name}_count${own} ${total}\n`
}

function heading({ name, description, kind }: Metric): string {
  const help = description.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`
}

/** `http.server.request.duration` in `s` is `http_server_request_duration_seconds`; a counter ends with `_total`. */
function nameOf({ name, unit, kind }: Metric): string {
  const base = identifier(name)
  const word = unit === '1' && kind === 'gauge' ? 'ratio' : UNITS.get(unit)
  const full = word === undefined || base.endsWith(`_${word}`) ? base : `${base}_${word}`
  return kind === 'counter' && !full.endsWith('_total') ? `${full}_total` : full
}

/** Attributes that become the same label share it, their values joined by `;` as the specification says. */
function labels(attributes: MetricAttributes): string {
  const byLabel = new Map<string, string>()
  for (const [key, value] of Object.entries(attributes)) {
    const label = identifier(key)
    const before = byLabel.get(label)
    byLabel.set(label, before === undefined ? value : `${before};${value}`)
  }
  if (byLabel.size === 0) return ''
  return `{${[...byLabel].map(([label, value]) => `${label}="${escaped(value)}"`).join(',')}}`
}

function identifier(name: string): string {
  const word = name.replace(/[^a-zA-Z0-9]+/g, '_')
  return /^\d/.test(word) ? `_${word}` : word
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function numeral(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}

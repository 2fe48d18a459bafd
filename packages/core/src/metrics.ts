/**
 * Metrics of gateways: how a plugin makes its own, and for who shows them, as a text for Prometheus and those of several processes
 * as one.
 *
 * @module @postern/core/metrics
 */

export { counter, gauge, histogram, point } from './metrics/build.ts'
export { mergeMetrics } from './metrics/merge.ts'
export { PROMETHEUS_CONTENT_TYPE, prometheusText } from './metrics/prometheus.ts'

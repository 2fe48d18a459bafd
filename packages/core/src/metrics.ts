/**
 * Metrics of gateways for who shows them: as a text for Prometheus, and those of several processes as one.
 *
 * @module @postern/core/metrics
 */

export { mergeMetrics } from './metrics/merge.ts'
export { PROMETHEUS_CONTENT_TYPE, prometheusText } from './metrics/prometheus.ts'

import type { MetricPoint } from '@postern/core'
import { point } from '@postern/core/metrics'

/** A point for each outcome of each thing. */
export function outcomePoints(
  key: string,
  things: Readonly<Record<string, Readonly<Record<string, number>>>>,
): MetricPoint[] {
  return Object.entries(things).flatMap(([name, outcomes]) =>
    Object.entries(outcomes).map(([outcome, value]) =>
      point({ [key]: name, 'postern.outcome': outcome }, value),
    ),
  )
}

/** A duration in the unit that OpenTelemetry asks for. */
export function seconds(ms: number): number {
  return ms / 1_000
}

import type { Attributes } from '@opentelemetry/api'
import type { MetricAttributes } from '@postern/core'

/** Attributes that OpenTelemetry defines as numbers. */
const NUMBERS: ReadonlySet<string> = new Set(['http.response.status_code', 'server.port'])

/** Attributes with the types that the semantic conventions give them; in metrics as data, all of them are text. */
export function meterAttributes(attributes: MetricAttributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      name === 'otel.metric.overflow' ? true : NUMBERS.has(name) ? Number(value) : value,
    ]),
  )
}

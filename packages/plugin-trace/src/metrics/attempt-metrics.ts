import type { Attempt, Endpoint, Exchange, Metric, MetricAttributes } from '@postern/core'
import { attemptErrorType, endpointAddress, methodOf } from '../attributes.ts'
import { methodNumber, statusOf } from './exchange-key.ts'
import type { MeterInstruments } from './meter-instruments.ts'
import { DurationSeries, durationMetric } from './series.ts'
import { SeriesSet } from './series-set.ts'
import { Words } from './words.ts'

/** By name, as `http.client.request.duration` and its meter's histogram have it. */
export const CLIENT_DURATION = 'http.client.request.duration'
/** One sentence. */
export const CLIENT_DURATION_DESCRIPTION =
  'Duration of attempts, from sending the request to the end of the response'

/** What attempts have come to, counted as each of them ends. */
export class AttemptMetrics {
  readonly #durations = new SeriesSet((attributes) => new DurationSeries(attributes))
  readonly #codes = new Words()

  /** Takes over what a reload has changed; series that there are stay. */
  set maxSeries(most: number) {
    this.#durations.maxSeries = most
  }

  /** Counts the attempt that has ended. One that went to the host's own handler was no request to anybody. */
  record(exchange: Exchange, attempt: Attempt, meter: MeterInstruments | null): void {
    const { endedMs, endpoint, error, startedMs, status } = attempt
    if (endpoint === null) return
    const service = endpoint.service || (exchange.route?.service ?? '')
    const code = error === null ? 0 : this.#codes.number(error.code)
    const key = (((code << 10) | statusOf(status)) << 4) | methodNumber(exchange.method)
    const series =
      this.#durations.find(service, endpoint.origin, key, endedMs) ??
      this.#durations.add(
        service,
        endpoint.origin,
        key,
        endedMs,
        this.#attributes(exchange, attempt, endpoint, service),
      )
    const seconds = (endedMs - startedMs) / 1_000
    series.record(seconds)
    meter?.clientDuration.record(seconds, series.meterAttributes)
  }

  /** A copy. */
  read(): Metric {
    return durationMetric(CLIENT_DURATION, CLIENT_DURATION_DESCRIPTION, this.#durations)
  }

  #attributes(exchange: Exchange, attempt: Attempt, endpoint: Endpoint, service: string): MetricAttributes {
    const status = statusOf(attempt.status)
    const type = attemptErrorType(attempt)
    const { address, port } = endpointAddress(endpoint)
    return {
      'http.request.method': methodOf(exchange),
      'server.address': address,
      'server.port': String(port),
      ...(status > 0 && { 'http.response.status_code': String(status) }),
      ...(type !== undefined && { 'error.type': this.#codes.attribute(type) }),
      ...(service !== '' && { 'postern.service': service }),
    }
  }
}

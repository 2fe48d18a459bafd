import type { Exchange, Metric, Verdict } from '@postern/core'
import { closedBy } from '../access-log/closed-by.ts'
import { serviceOf } from '../attributes.ts'
import { exchangeAttributes, exchangeKey } from './exchange-key.ts'
import type { MeterInstruments } from './meter-instruments.ts'
import { CountSeries, countMetric, DurationSeries, durationMetric } from './series.ts'
import { SeriesSet } from './series-set.ts'
import { Words } from './words.ts'

/** By name, as `http.server.request.duration` and its meter's histogram have it. */
export const SERVER_DURATION = 'http.server.request.duration'
/** One sentence. */
export const SERVER_DURATION_DESCRIPTION =
  'Duration of exchanges, from the request head to the end of the response'

const MODES = ['off', 'observe', 'shadow', 'enforce'] as const
const DECISIONS = ['allow', 'deny', 'seen'] as const

/** What exchanges have come to, counted as each of them ends. */
export class ExchangeMetrics {
  readonly #durations = new SeriesSet((attributes) => new DurationSeries(attributes))
  readonly #requestBytes = new SeriesSet((attributes) => new CountSeries(attributes))
  readonly #responseBytes = new SeriesSet((attributes) => new CountSeries(attributes))
  readonly #closed = new SeriesSet((attributes) => new CountSeries(attributes))
  readonly #verdicts = new SeriesSet((attributes) => new CountSeries(attributes))
  readonly #codes = new Words()
  readonly #reasons = new Words()

  /** Takes over what a reload has changed; series that there are stay. */
  set maxSeries(most: number) {
    for (const series of [
      this.#durations,
      this.#requestBytes,
      this.#responseBytes,
      this.#closed,
      this.#verdicts,
    ])
      series.maxSeries = most
  }

  /** Counts an exchange that is over. */
  record(exchange: Exchange, meter: MeterInstruments | null): void {
    const route = exchange.route?.id ?? ''
    const service = serviceOf(exchange)
    const nowMs = exchange.finishedMs
    const seconds = (nowMs - exchange.startedMs) / 1_000
    const key = exchangeKey(exchange, this.#codes)
    const series =
      this.#durations.find(route, service, key, nowMs) ??
      this.#durations.add(
        route,
        service,
        key,
        nowMs,
        exchangeAttributes(exchange, route, service, this.#codes),
      )
    series.record(seconds)
    meter?.serverDuration.record(seconds, series.meterAttributes)
    count(this.#requestBytes, route, service, exchange.requestBytes, nowMs)
    count(this.#responseBytes, route, service, exchange.responseBytes, nowMs)
    if (exchange.error !== null) this.#countClosed(exchange, route)
    for (const verdict of exchange.verdicts) this.#countVerdict(verdict, route, nowMs)
  }

  /** A copy. */
  read(): Metric[] {
    return [
      durationMetric(SERVER_DURATION, SERVER_DURATION_DESCRIPTION, this.#durations),
      countMetric('postern.request.body', 'By', 'Body bytes received from clients', this.#requestBytes),
      countMetric('postern.response.body', 'By', 'Body bytes sent to clients', this.#responseBytes),
      countMetric(
        'postern.exchanges.closed',
        '{exchange}',
        'Exchanges that were ended before their proper end, by whom',
        this.#closed,
      ),
      countMetric('postern.verdicts', '{verdict}', 'What guards decided', this.#verdicts),
    ]
  }

  #countClosed(exchange: Exchange, route: string): void {
    const by = closedBy(exchange)
    if (by === undefined) return
    const { finishedMs } = exchange
    const series =
      this.#closed.find(route, by, 0, finishedMs) ??
      this.#closed.add(route, by, 0, finishedMs, { ...routeAttribute(route), 'postern.closed_by': by })
    series.value++
  }

  #countVerdict({ plugin, mode, decision, reason }: Verdict, route: string, nowMs: number): void {
    const kind = (MODES.indexOf(mode) << 2) | DECISIONS.indexOf(decision)
    const key = (this.#reasons.number(reason) << 4) | kind
    const series =
      this.#verdicts.find(route, plugin, key, nowMs) ??
      this.#verdicts.add(route, plugin, key, nowMs, {
        ...routeAttribute(route),
        'postern.plugin': plugin,
        'postern.mode': mode,
        'postern.decision': decision,
        'postern.reason': this.#reasons.attribute(reason),
      })
    series.value++
  }
}

function count(
  all: SeriesSet<CountSeries>,
  route: string,
  service: string,
  value: number,
  nowMs: number,
): void {
  const series =
    all.find(route, service, 0, nowMs) ??
    all.add(route, service, 0, nowMs, {
      ...routeAttribute(route),
      ...(service !== '' && { 'postern.service': service }),
    })
  series.value += value
}

function routeAttribute(route: string): { readonly 'http.route'?: string } {
  return route === '' ? {} : { 'http.route': route }
}

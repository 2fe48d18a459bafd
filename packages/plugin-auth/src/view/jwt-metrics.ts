import type { Metric } from '@postern/core'
import type { JwtStats, KeyStats } from '../verify/jwt-stats.ts'
import { counter, gauge, histogram, point, seconds } from './metric-parts.ts'

/** What is known of JSON Web Tokens, the workers that check them, and the keys. */
export function jwtMetrics({ results, waiting, cache, workers, keys }: JwtStats): Metric[] {
  const { queueTime, batches, inline, alive, died, hung, failed } = workers
  return [
    counter(
      'tokens.verified',
      '{token}',
      'Tokens that were not remembered, by what their check gave: ok, or the code of the refusal',
      Object.entries(results).map(([outcome, value]) => point({ 'postern.outcome': outcome }, value)),
    ),
    counter('tokens.joined', '{token}', 'Tokens that were being checked already for another request', [
      point({}, cache.joined),
    ]),
    gauge(
      'tokens.waiting',
      '{token}',
      'Tokens that are being checked, or wait for it',
      [point({}, waiting)],
      'sum',
    ),
    counter('tokens.inline', '{token}', 'Tokens that were checked on the main thread', [point({}, inline)]),
    histogram(
      'tokens.queue.duration',
      's',
      'How long tokens waited until they were sent to a worker, or checked on the main thread',
      queueTime.boundsMs.map(seconds),
      [{ attributes: {}, counts: queueTime.counts, sum: seconds(queueTime.sumMs) }],
    ),
    histogram('tokens.batch.size', '{token}', 'Tokens in one message to a worker', batches.bounds, [
      { attributes: {}, counts: batches.counts, sum: batches.sum },
    ]),
    gauge('workers.alive', '{thread}', 'Workers that run now', [point({}, alive)], 'sum'),
    counter('workers.died', '{thread}', 'Workers that ended without being told to, and were replaced', [
      point({}, died),
    ]),
    counter('workers.hung', '{batch}', 'Batches that took so long that their worker was ended', [
      point({}, hung),
    ]),
    counter('workers.failed', '{batch}', 'Batches that failed twice: their tokens were answered with 503', [
      point({}, failed),
    ]),
    ...keyMetrics(keys),
  ]
}

function keyMetrics(keys: readonly KeyStats[]): Metric[] {
  const perIssuer = (value: (one: KeyStats) => number) =>
    keys.map((one) => point({ 'postern.issuer': one.issuer }, value(one)))
  const nowMs = Date.now()
  return [
    gauge(
      'keys',
      '{key}',
      'Keys of an issuer that can be used',
      perIssuer((one) => one.keys),
      'min',
    ),
    counter(
      'keys.loads',
      '{load}',
      'How often the keys of an issuer were read or fetched',
      keys.flatMap(({ issuer, loads, failedLoads }) => [
        point({ 'postern.issuer': issuer, 'postern.outcome': 'ok' }, loads),
        point({ 'postern.issuer': issuer, 'postern.outcome': 'failed' }, failedLoads),
      ]),
    ),
    gauge(
      'keys.age',
      's',
      'How long ago the keys of an issuer were read or fetched well; a file is read when it changes',
      keys.flatMap(({ issuer, readMs }) =>
        readMs === undefined ? [] : [point({ 'postern.issuer': issuer }, seconds(nowMs - readMs))],
      ),
      'max',
    ),
    gauge(
      'keys.stale',
      '{issuer}',
      '1 while newer keys of an issuer cannot be had and the last good ones serve',
      perIssuer(({ failures, usableUntilMs }) => (failures > 0 && nowMs < usableUntilMs ? 1 : 0)),
      'max',
    ),
    gauge(
      'keys.usable',
      '{issuer}',
      '1 while tokens of an issuer can be checked',
      perIssuer((one) => (one.keys > 0 && nowMs < one.usableUntilMs ? 1 : 0)),
      'min',
    ),
  ]
}

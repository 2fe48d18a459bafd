import type { Metric } from '@postern/core'
import { counter, gauge, histogram, point } from '@postern/core/metrics'
import type { JwtStats, KeyStats } from '../verify/jwt-stats.ts'
import { seconds } from './metric-parts.ts'

/** What is known of JSON Web Tokens, the workers that check them, and the keys. */
export function jwtMetrics({ results, waiting, cache, workers, keys }: JwtStats): Metric[] {
  const { queueTime, batches, inline, alive, died, hung, failed } = workers
  return [
    counter(
      'postern.auth.tokens.verified',
      '{token}',
      'Tokens that were not remembered, by what their check gave: ok, or the code of the refusal',
      Object.entries(results).map(([outcome, value]) => point({ 'postern.outcome': outcome }, value)),
    ),
    counter(
      'postern.auth.tokens.joined',
      '{token}',
      'Tokens that were being checked already for another request',
      [point({}, cache.joined)],
    ),
    gauge(
      'postern.auth.tokens.waiting',
      '{token}',
      'Tokens that are being checked, or wait for it',
      [point({}, waiting)],
      'sum',
    ),
    counter('postern.auth.tokens.inline', '{token}', 'Tokens that were checked on the main thread', [
      point({}, inline),
    ]),
    histogram(
      'postern.auth.tokens.queue.duration',
      's',
      'How long tokens waited until they were sent to a worker, or checked on the main thread',
      queueTime.boundsMs.map(seconds),
      [{ attributes: {}, counts: queueTime.counts, sum: seconds(queueTime.sumMs) }],
    ),
    histogram(
      'postern.auth.tokens.batch.size',
      '{token}',
      'Tokens in one message to a worker',
      batches.bounds,
      [{ attributes: {}, counts: batches.counts, sum: batches.sum }],
    ),
    gauge('postern.auth.workers.alive', '{thread}', 'Workers that run now', [point({}, alive)], 'sum'),
    counter(
      'postern.auth.workers.died',
      '{thread}',
      'Workers that ended without being told to, and were replaced',
      [point({}, died)],
    ),
    counter('postern.auth.workers.hung', '{batch}', 'Batches that took so long that their worker was ended', [
      point({}, hung),
    ]),
    counter(
      'postern.auth.workers.failed',
      '{batch}',
      'Batches that failed twice: their tokens were answered with 503',
      [point({}, failed)],
    ),
    ...keyMetrics(keys),
  ]
}

function keyMetrics(keys: readonly KeyStats[]): Metric[] {
  const perIssuer = (value: (one: KeyStats) => number) =>
    keys.map((one) => point({ 'postern.issuer': one.issuer }, value(one)))
  const nowMs = Date.now()
  return [
    gauge(
      'postern.auth.keys',
      '{key}',
      'Keys of an issuer that can be used',
      perIssuer((one) => one.keys),
      'min',
    ),
    counter(
      'postern.auth.keys.loads',
      '{load}',
      'How often the keys of an issuer were read or fetched',
      keys.flatMap(({ issuer, loads, failedLoads }) => [
        point({ 'postern.issuer': issuer, 'postern.outcome': 'ok' }, loads),
        point({ 'postern.issuer': issuer, 'postern.outcome': 'failed' }, failedLoads),
      ]),
    ),
    gauge(
      'postern.auth.keys.age',
      's',
      'How long ago the keys of an issuer were read or fetched well; a file is read when it changes',
      keys.flatMap(({ issuer, readMs }) =>
        readMs === undefined ? [] : [point({ 'postern.issuer': issuer }, seconds(nowMs - readMs))],
      ),
      'max',
    ),
    gauge(
      'postern.auth.keys.stale',
      '{issuer}',
      '1 while newer keys of an issuer cannot be had and the last good ones serve',
      perIssuer(({ failures, usableUntilMs }) => (failures > 0 && nowMs < usableUntilMs ? 1 : 0)),
      'max',
    ),
    gauge(
      'postern.auth.keys.usable',
      '{issuer}',
      '1 while tokens of an issuer can be checked',
      perIssuer((one) => (one.keys > 0 && nowMs < one.usableUntilMs ? 1 : 0)),
      'min',
    ),
  ]
}

/** The plugin's figures: what `authView()` shows, in the terms of OpenTelemetry. Attributes are names of the options and words of the plugin. */
import type { HistogramPoint, Metric } from '@postern/core'
import { counter, gauge, histogram, point } from '@postern/core/metrics'
import type { AuthorityStats } from '../counts/auth-counts.ts'
import type { RevocationState } from '../revocation/revocation-list.ts'
import type { AuthStats } from './auth-view.ts'
import { jwtMetrics } from './jwt-metrics.ts'
import { outcomePoints, seconds } from './metric-parts.ts'

/** Everything that is counted, and how it stands. */
export function authMetrics(stats: AuthStats): Metric[] {
  const { access, authorities, checks, jwt, outbound, revocations } = stats
  return [
    counter(
      'postern.auth.checks',
      '{check}',
      'Credentials that were checked, by scheme, and what became of them: ok, or the code of the refusal',
      outcomePoints('postern.scheme', checks),
    ),
    counter(
      'postern.auth.access',
      '{request}',
      'What routes said of callers: ok, anonymous, or the code of the refusal',
      Object.entries(access).map(([outcome, value]) => point({ 'postern.outcome': outcome }, value)),
    ),
    ...cacheMetrics(stats),
    ...authorityMetrics(authorities),
    ...fileMetrics(stats),
    counter(
      'postern.auth.outbound.tokens',
      '{token}',
      "Tokens of the gateway's own for a service: fetched, refused by the authority, or failed to come",
      outcomePoints('postern.target', outbound),
    ),
    ...(jwt ? jwtMetrics(jwt) : []),
    ...(revocations ? revocationMetrics(revocations) : []),
  ]
}

function cacheMetrics({ caches }: AuthStats): Metric[] {
  const all = Object.entries(caches)
  return [
    counter(
      'postern.auth.cache.lookups',
      '{lookup}',
      'Looks into what is remembered; a cache that ends with -denied holds refusals',
      all.flatMap(([name, { hits, misses }]) => [
        point({ 'postern.cache': name, 'postern.outcome': 'hit' }, hits),
        point({ 'postern.cache': name, 'postern.outcome': 'miss' }, misses),
      ]),
    ),
    counter(
      'postern.auth.cache.evictions',
      '{entry}',
      'Entries that went because there was no room',
      all.map(([name, { evictions }]) => point({ 'postern.cache': name }, evictions)),
    ),
    gauge(
      'postern.auth.cache.entries',
      '{entry}',
      'Entries that are remembered now',
      all.map(([name, { entries }]) => point({ 'postern.cache': name }, entries)),
      'sum',
    ),
  ]
}

function fileMetrics({ files }: AuthStats): Metric[] {
  const all = Object.entries(files)
  return [
    counter(
      'postern.auth.files.reads',
      '{read}',
      'How often a file of credentials was read, by the option that names it',
      all.flatMap(([option, { reads, failures }]) => [
        point({ 'postern.option': option, 'postern.outcome': 'ok' }, reads),
        point({ 'postern.option': option, 'postern.outcome': 'failed' }, failures),
      ]),
    ),
    gauge(
      'postern.auth.files.stale',
      '{file}',
      '1 while a file of credentials cannot be used: its last good content goes on, if there was any',
      all.map(([option, { fault }]) => point({ 'postern.option': option }, fault === undefined ? 0 : 1)),
      'max',
    ),
    gauge(
      'postern.auth.files.age',
      's',
      'How long ago a file of credentials was read well; it is read when it changes',
      all.flatMap(([option, { readMs }]) =>
        readMs === undefined ? [] : [point({ 'postern.option': option }, seconds(Date.now() - readMs))],
      ),
      'max',
    ),
  ]
}

function authorityMetrics(authorities: Readonly<Record<string, AuthorityStats>>): Metric[] {
  const all = Object.entries(authorities)
  const [first] = all
  if (!first) return []
  const one = histogram(
    'postern.auth.authority.duration',
    's',
    'Calls of the services that decide about credentials, by scheme and outcome',
    first[1].answered.boundsMs.map(seconds),
    all.flatMap(([scheme, calls]) =>
      (['answered', 'failed'] as const).map((outcome): HistogramPoint => {
        const { counts, sumMs } = calls[outcome]
        const attributes = { 'postern.scheme': scheme, 'postern.outcome': outcome }
        return { attributes, counts, sum: seconds(sumMs) }
      }),
    ),
  )
  return [one]
}

function revocationMetrics({ entries, fileReadMs, fault }: RevocationState): Metric[] {
  return [
    gauge(
      'postern.auth.revocations',
      '{revocation}',
      'Revocations that count now',
      [point({}, entries)],
      'max',
    ),
    gauge(
      'postern.auth.revocations.failing',
      '{file}',
      '1 while the file of revocations cannot be read',
      [point({}, fault === undefined ? 0 : 1)],
      'max',
    ),
    gauge(
      'postern.auth.revocations.age',
      's',
      'How long ago the file of revocations was read well; it is read when it changes',
      fileReadMs === undefined ? [] : [point({}, seconds(Date.now() - fileReadMs))],
      'max',
    ),
  ]
}

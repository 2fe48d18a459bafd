/** The order of routes as a comparison, for people who ask why. Lookups need none: the table is built in this order. */
import type { Match, PathMatch } from './match.ts'
import type { HostPattern } from './match-host.ts'

/** What can rank one route before another, in the order in which it is asked. */
export type Criterion = 'host' | 'path' | 'method' | 'headers' | 'query'

/** The first criterion that two matches differ in, and which one it puts first: negative for the first one. */
export interface Ranking {
  readonly by: Criterion
  readonly order: number
}

const CRITERIA: readonly (readonly [Criterion, (a: Match, b: Match) => number])[] = [
  ['host', (a, b) => compareHosts(a.host, b.host)],
  ['path', (a, b) => comparePaths(a.path, b.path)],
  ['method', (a, b) => Number(a.methods === null) - Number(b.methods === null)],
  ['headers', (a, b) => b.headers.length - a.headers.length],
  ['query', (a, b) => b.query.length - a.query.length],
]

/**
 * Which of two matches is more specific. Two that no request can both fit have an order as well, so that routes can be
 * listed; it means nothing else.
 * @returns `undefined` when no criterion tells them apart.
 */
export function rankingOf(a: Match, b: Match): Ranking | undefined {
  for (const [by, compare] of CRITERIA) {
    const order = compare(a, b)
    if (order !== 0) return { by, order }
  }
  return undefined
}

/** A name, then the longest suffix, then any. */
function compareHosts(a: HostPattern | undefined, b: HostPattern | undefined): number {
  const kind = (host: HostPattern | undefined) => (host ? ['exact', 'suffix'].indexOf(host.kind) : 2)
  if (!a || !b) return kind(a) - kind(b)
  return kind(a) - kind(b) || b.name.length - a.name.length || compareText(a.name, b.name)
}

/** At the first segment that differs: a literal, then a parameter, then the end of a whole path, then that of a prefix. */
function comparePaths(a: PathMatch, b: PathMatch): number {
  for (let index = 0; ; index++) {
    const difference = kindAt(a, index) - kindAt(b, index)
    if (difference !== 0) return difference
    const segment = a.segments[index]
    if (segment === undefined) return 0
    const text = compareText(segment ?? '', b.segments[index] ?? '')
    if (text !== 0) return text
  }
}

function kindAt({ segments, whole }: PathMatch, index: number): number {
  const segment = segments[index]
  if (segment === undefined) return whole ? 2 : 3
  return segment === null ? 1 : 0
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

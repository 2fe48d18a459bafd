/** The requests that say whether a rule can be reached: those that fit it, and as few other rules as any request can. */
import type { Condition, Match, PathMatch } from './match.ts'
import type { HostPattern } from './match-host.ts'
import type { MatchedRequest } from './request-values.ts'

/** What stands in no rule. */
export interface UnknownWords {
  readonly hosts: ReadonlySet<string | undefined>
  readonly segment: string
  readonly method: string
  /** No value has it, so that a value that goes on with it is no other rule's. */
  readonly character: string
  /** Number of segments that is more than any path has. */
  readonly depth: number
}

/** Words that none of these matches has; `undefined` when their values use every printable character. */
export function unknownWords(matches: readonly Match[]): UnknownWords | undefined {
  const paths = matches.map(({ path }) => path.segments)
  const conditions = matches.flatMap(({ headers, query }) => [...headers, ...query])
  const used = new Set(conditions.map(({ value }) => value).join(''))
  const printable = Array.from({ length: 0x7e - 0x20 }, (_, index) => String.fromCharCode(0x21 + index))
  const character = printable.find((one) => !used.has(one))
  if (character === undefined) return undefined
  return {
    hosts: new Set(matches.map(({ host }) => host?.name)),
    segment: 'x'.repeat(1 + longest(paths.flat())),
    method: 'X'.repeat(1 + longest(matches.flatMap(({ methods }) => methods ?? []))),
    character,
    depth: 1 + longest(paths),
  }
}

function longest(lists: readonly ({ readonly length: number } | null)[]): number {
  return lists.reduce((most, list) => Math.max(most, list?.length ?? 0), 0)
}

/**
 * Requests that fit a match, with hosts, segments and methods that no rule names, and with nothing beyond the match's own
 * conditions. A more specific rule that takes one of them takes all that are like it, so these few stand for all.
 */
export function* requestsFor(match: Match, words: UnknownWords): Generator<MatchedRequest> {
  const common = {
    authority: hostFor(match.host, words),
    query: `?${pairsFor(match.query, words)
      .map((pair) => pair.map(encodeURIComponent).join('='))
      .join('&')}`,
    requestHeaders: pairsFor(match.headers, words).flat(),
  }
  for (const path of pathsFor(match.path, words))
    for (const method of match.methods ?? [words.method]) yield { ...common, path, method }
}

function hostFor(host: HostPattern | undefined, { hosts }: UnknownWords): string {
  if (host?.kind === 'exact') return host.name
  for (let number = 0; ; number++) {
    const label = number.toString(36)
    const name = host ? `${label}.${host.name}` : label
    if (!hosts.has(name)) return name
  }
}

/** A whole path is one; below a prefix, any number of segments and a slash at the end can make a difference. */
function* pathsFor({ segments, whole }: PathMatch, { segment, depth }: UnknownWords): Generator<string> {
  const path = segments.map((one) => `/${one ?? segment}`).join('')
  if (path !== '') yield path
  if (whole) return
  for (let below = 0; segments.length + below <= depth; below++) {
    yield `${path}${`/${segment}`.repeat(below)}/`
    yield `${path}${`/${segment}`.repeat(below + 1)}`
  }
}

function pairsFor(conditions: readonly Condition[], { character }: UnknownWords): [string, string][] {
  return conditions.map(({ name, value, exact }) => [name, exact ? value : value + character])
}

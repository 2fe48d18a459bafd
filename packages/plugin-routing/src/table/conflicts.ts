/** Routes that stand in each other's way. Choosing between them silently would send traffic astray. */
import { compileTable } from './compile.ts'
import { intersect } from './intersect.ts'
import type { RouteTable } from './lookup.ts'
import { type Match, placeOf } from './match.ts'
import { requestsFor, type UnknownWords, unknownWords } from './witnesses.ts'

/** Two rules that cannot stand together. */
export interface Conflict {
  /**
   * `tie`: some requests fit both, nothing ranks one before the other, and nothing more specific takes them.
   * `unreachable`: whatever fits `second` goes to `first`, or to others that are more specific.
   */
  readonly kind: 'tie' | 'unreachable'
  /** Index of the rule that is in the way; of a tie, the earlier one. */
  readonly first: number
  /** Index of the rule to change; of a tie, the later one. */
  readonly second: number
  /** Of a tie, a method that both take; `undefined` when both take any, and where a rule is unreachable. */
  readonly method: string | undefined
}

/** A rule's number, and what it shares with the rules that nothing ranks before or after it. */
interface Ranked {
  readonly index: number
  readonly rank: string
}

/** The first conflict. Ties come first: whether a rule is reachable is only asked of rules that have an order. */
export function findConflict(matches: readonly Match[]): Conflict | undefined {
  const ranked = matches.map((match, index) => ({ match, target: { index, rank: rankOf(match) } }))
  const table = compileTable<Ranked>(ranked)
  const words = unknownWords(matches)
  return findTie(matches, table, words) ?? (words && findUnreachable(matches, table, words))
}

function findTie(
  matches: readonly Match[],
  table: RouteTable<Ranked>,
  words: UnknownWords | undefined,
): Conflict | undefined {
  const ranks = new Map<string, Rivals>()
  for (const [second, match] of matches.entries()) {
    const rank = rankOf(match)
    const rivals = ranks.get(rank) ?? new Rivals()
    ranks.set(rank, rivals)
    for (const [first, other] of rivals.of(match)) {
      const both = intersect(other, match)
      if (!both) continue
      const [method] = both.methods ?? []
      // Without words to ask with, whether something more specific takes all of them stays open: a tie, to be safe.
      if (!words) return { kind: 'tie', first, second, method }
      for (const request of requestsFor(both, words)) {
        if (table.find(request)?.rank === rank)
          return { kind: 'tie', first, second, method: both.methods ? request.method : undefined }
      }
    }
    rivals.add(second, match)
  }
  return undefined
}

function findUnreachable(
  matches: readonly Match[],
  table: RouteTable<Ranked>,
  words: UnknownWords,
): Conflict | undefined {
  for (const [second, match] of matches.entries()) {
    let first: number | undefined
    for (const request of requestsFor(match, words)) {
      first = table.find(request)?.index
      if (first === second) break
    }
    if (first !== undefined && first !== second)
      return { kind: 'unreachable', first, second, method: undefined }
  }
  return undefined
}

function rankOf(match: Match): string {
  return `${match.methods !== null} ${match.headers.length} ${match.query.length} ${placeOf(match)}`
}

/**
 * Matches of one rank. Those that ask for the same names are kept apart by their whole values, of which a request has
 * one each: comparing each with each would take long for thousands of tenants.
 */
class Rivals {
  readonly #byNames: Map<string, Map<string, [number, Match][]>> = new Map()

  add(index: number, match: Match): void {
    const names = namesOf(match)
    const values = valuesOf(match)
    const byValues = this.#byNames.get(names) ?? new Map<string, [number, Match][]>()
    this.#byNames.set(names, byValues)
    const same = byValues.get(values)
    if (same) same.push([index, match])
    else byValues.set(values, [[index, match]])
  }

  /** Those that some request may fit, too. */
  *of(match: Match): Generator<[number, Match]> {
    const own = namesOf(match)
    for (const [names, byValues] of this.#byNames) {
      if (names === own) yield* byValues.get(valuesOf(match)) ?? []
      else for (const others of byValues.values()) yield* others
    }
  }
}

function namesOf({ headers, query }: Match): string {
  return JSON.stringify([headers, query].map((list) => list.map(({ name, exact }) => [name, exact])))
}

function valuesOf({ headers, query }: Match): string {
  return JSON.stringify([...headers, ...query].filter(({ exact }) => exact).map(({ value }) => value))
}

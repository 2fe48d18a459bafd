import { RouteTable } from './lookup.ts'
import type { HostPattern } from './match-host.ts'
import { PathTrie } from './path-trie.ts'

/** One route's match, checked and normalised. */
export interface Match {
  /** `undefined`: any host. */
  readonly host: HostPattern | undefined
  /** Normalised; `/` as a prefix is every path. */
  readonly path: string
  /** Whether `path` is the whole path rather than a prefix. */
  readonly exact: boolean
  /** Sorted, each once; `null`: any method. */
  readonly methods: readonly string[] | null
}

/** A match and what it leads to. */
export interface Rule<TTarget> {
  readonly match: Match
  readonly target: TTarget
}

/** Compiles rules, none of which tie, into a table whose lookups do not grow with their number. */
export function compileTable<TTarget extends object>(rules: readonly Rule<TTarget>[]): RouteTable<TTarget> {
  const names = new Map<string, PathTrie<TTarget>>()
  const suffixes = new Map<string, PathTrie<TTarget>>()
  const any = new PathTrie<TTarget>()
  for (const { match, target } of rules) {
    const { host, path, methods } = match
    const trie = host ? trieOf(host.kind === 'exact' ? names : suffixes, host.name) : any
    if (match.exact) trie.addExact(path, { methods, target })
    else trie.addPrefix(path, { methods, target })
  }
  for (const trie of [...names.values(), ...suffixes.values(), any]) trie.freeze()
  return new RouteTable(names, suffixes, any)
}

/** Two rules that would both answer one request with nothing to choose between them. */
export interface Tie {
  /** Index of the earlier rule. */
  readonly first: number
  /** Index of the later rule. */
  readonly second: number
  /** A method that both take; `undefined` when both take any. */
  readonly method: string | undefined
}

/**
 * The first tie: equal host and path, and a method in common. An order chosen silently would send traffic
 * astray.
 */
export function findTie(matches: readonly Match[]): Tie | undefined {
  const seen = new Map<string, number>()
  for (const [second, match] of matches.entries()) {
    const host = match.host ? `${match.host.kind} ${match.host.name}` : 'any'
    const place = `${host} ${match.exact ? 'exact' : 'prefix'} ${match.path}`
    for (const method of match.methods ?? [undefined]) {
      const key = `${place} ${method ?? ''}`
      const first = seen.get(key)
      if (first !== undefined) return { first, second, method }
      seen.set(key, second)
    }
  }
  return undefined
}

function trieOf<TTarget extends object>(
  tries: Map<string, PathTrie<TTarget>>,
  name: string,
): PathTrie<TTarget> {
  let trie = tries.get(name)
  if (!trie) {
    trie = new PathTrie()
    tries.set(name, trie)
  }
  return trie
}

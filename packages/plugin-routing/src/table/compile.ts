import { RouteTable } from './lookup.ts'
import type { Rule } from './match.ts'
import { PathTrie } from './path-trie.ts'

/**
 * Compiles rules into a table whose lookups do not grow with their number.
 * @param rules in any order. No two may tie: see `findConflict`.
 */
export function compileTable<TTarget extends object>(rules: readonly Rule<TTarget>[]): RouteTable<TTarget> {
  const names = new Map<string, PathTrie<TTarget>>()
  const suffixes = new Map<string, PathTrie<TTarget>>()
  const any = new PathTrie<TTarget>()
  for (const { match, target } of rules) {
    const { host } = match
    const trie = host ? trieOf(host.kind === 'exact' ? names : suffixes, host.name) : any
    trie.add(match, target)
  }
  return new RouteTable(names, suffixes, any)
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

import { RouteTable } from './lookup.ts'
import { placeOf, type Rule } from './match.ts'
import { PathTree } from './path-tree.ts'
import { placeFor } from './place.ts'

/**
 * Compiles rules into a table whose lookups do not grow with their number.
 * @param rules in any order. No two may tie: see `findConflict`.
 */
export function compileTable<TTarget extends object>(rules: readonly Rule<TTarget>[]): RouteTable<TTarget> {
  const names = new Map<string, PathTree<TTarget>>()
  const suffixes = new Map<string, PathTree<TTarget>>()
  const any = new PathTree<TTarget>()
  for (const [first, ...others] of Map.groupBy(rules, ({ match }) => placeOf(match)).values()) {
    if (!first) continue
    const { host, path } = first.match
    const tree = host ? treeOf(host.kind === 'exact' ? names : suffixes, host.name) : any
    tree.add(path, placeFor([first, ...others]))
  }
  return new RouteTable(names, suffixes, any)
}

function treeOf<TTarget extends object>(
  trees: Map<string, PathTree<TTarget>>,
  name: string,
): PathTree<TTarget> {
  let tree = trees.get(name)
  if (!tree) {
    tree = new PathTree()
    trees.set(name, tree)
  }
  return tree
}

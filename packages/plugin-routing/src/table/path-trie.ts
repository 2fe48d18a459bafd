/** One host's routes: a tree with one level per path segment. */
import type { Match } from './match.ts'
import { Place } from './place.ts'
import type { RequestValues } from './request-values.ts'

/** A level of the tree. Every field is set in the constructor, so that lookups meet one shape. */
class TrieNode<TTarget extends object> {
  /** Next levels, by literal segment. A map, so that no name is special. */
  literals: Map<string, TrieNode<TTarget>> | null = null
  /** The next level for any segment that is not empty. */
  parameter: TrieNode<TTarget> | null = null
  /** Routes whose path ends here. */
  whole: Place<TTarget> | null = null
  /** Routes for everything at and below this level. */
  prefix: Place<TTarget> | null = null
}

/**
 * Finds the target of a request by its path: at every segment the literal before a parameter, and both before a prefix
 * that ends there. Where no route at the end of one way fits, the next way gets its turn.
 */
export class PathTrie<TTarget extends object> {
  readonly #root: TrieNode<TTarget> = new TrieNode<TTarget>()

  /** Adds a route. Only while the table is compiled. */
  add(match: Match, target: TTarget): void {
    let node = this.#root
    for (const segment of match.path.segments) node = nextNode(node, segment)
    if (match.path.whole) {
      node.whole ??= new Place()
      node.whole.add(match, target)
    } else {
      node.prefix ??= new Place()
      node.prefix.add(match, target)
    }
  }

  /**
   * The target of a request. A way ends where the tree does, so a long path costs no more than a short one, and every
   * level is met at most once, whatever the number of ways.
   */
  find(path: string, method: string, values: RequestValues): TTarget | undefined {
    return search(this.#root, path, 1, method, values)
  }
}

/** Looks at and below a level, for the segments of a path from `start` on; past the end of the path none are left. */
function search<TTarget extends object>(
  node: TrieNode<TTarget>,
  path: string,
  start: number,
  method: string,
  values: RequestValues,
): TTarget | undefined {
  let target: TTarget | undefined
  if (start > path.length) {
    target = node.whole?.pick(method, values)
  } else if (node.literals !== null || node.parameter !== null) {
    const slash = path.indexOf('/', start)
    const end = slash === -1 ? path.length : slash
    const literal = node.literals?.get(path.slice(start, end))
    if (literal !== undefined) target = search(literal, path, end + 1, method, values)
    if (target === undefined && node.parameter !== null && end > start)
      target = search(node.parameter, path, end + 1, method, values)
  }
  return target ?? node.prefix?.pick(method, values)
}

function nextNode<TTarget extends object>(
  node: TrieNode<TTarget>,
  segment: string | null,
): TrieNode<TTarget> {
  if (segment === null) {
    node.parameter ??= new TrieNode()
    return node.parameter
  }
  node.literals ??= new Map()
  let next = node.literals.get(segment)
  if (!next) {
    next = new TrieNode()
    node.literals.set(segment, next)
  }
  return next
}

/** One host's routes: exact paths in a map, prefixes in a tree with one level per path segment. */

/** A route that fits a host and a path; its methods decide the rest. */
export interface Candidate<TTarget> {
  /** Methods that it takes; `null` takes any. */
  readonly methods: readonly string[] | null
  /** What it leads to. */
  readonly target: TTarget
}

/** A level of the tree. Every field is set in the constructor, so that lookups meet one shape. */
class TrieNode<TTarget> {
  children: Map<string, TrieNode<TTarget>> | null = null
  candidates: Candidate<TTarget>[] | null = null
  /** The nearest level above that has candidates: where the lookup goes on when no method here fits. */
  shorter: TrieNode<TTarget> | null
  constructor(shorter: TrieNode<TTarget> | null) {
    this.shorter = shorter
  }
}

/**
 * Finds the target of a path and method: exact path, then the longest prefix by whole segments, then shorter
 * ones.
 */
export class PathTrie<TTarget extends object> {
  readonly #exact: Map<string, Candidate<TTarget>[]> = new Map()
  readonly #root: TrieNode<TTarget> = new TrieNode<TTarget>(null)

  /** Adds a route for one whole path. Only while the table is compiled. */
  addExact(path: string, candidate: Candidate<TTarget>): void {
    const candidates = this.#exact.get(path)
    if (candidates) insert(candidates, candidate)
    else this.#exact.set(path, [candidate])
  }

  /**
   * Adds a route for everything at and below a path. Only while the table is compiled; `freeze` ends that.
   */
  addPrefix(path: string, candidate: Candidate<TTarget>): void {
    let node = this.#root
    for (const segment of path === '/' ? [] : path.slice(1).split('/')) {
      node.children ??= new Map()
      let child = node.children.get(segment)
      if (!child) {
        child = new TrieNode<TTarget>(null)
        node.children.set(segment, child)
      }
      node = child
    }
    node.candidates ??= []
    insert(node.candidates, candidate)
  }

  /** Links every level to the shorter prefix to fall back to. Once, when all routes are in. */
  freeze(): void {
    link(this.#root, null)
  }

  /**
   * The target of a request. The walk ends where the tree does, so a long path costs no more than a short
   * one, and the number of routes does not matter.
   */
  find(path: string, method: string): TTarget | undefined {
    const exact = this.#exact.size > 0 ? this.#exact.get(path) : undefined
    if (exact !== undefined) {
      const target = pick(exact, method)
      if (target !== undefined) return target
    }
    let node: TrieNode<TTarget> | null = this.#deepest(path)
    while (node !== null) {
      const target = node.candidates === null ? undefined : pick(node.candidates, method)
      if (target !== undefined) return target
      node = node.shorter
    }
    return undefined
  }

  /** The deepest level that the path's segments lead to. */
  #deepest(path: string): TrieNode<TTarget> {
    let node = this.#root
    let start = 1
    while (node.children !== null) {
      const slash = path.indexOf('/', start)
      const child = node.children.get(slash === -1 ? path.slice(start) : path.slice(start, slash))
      if (child === undefined) return node
      node = child
      if (slash === -1) return node
      start = slash + 1
    }
    return node
  }
}

function link<TTarget>(node: TrieNode<TTarget>, shorter: TrieNode<TTarget> | null): void {
  node.shorter = shorter
  if (node.children === null) return
  for (const child of node.children.values()) link(child, node.candidates === null ? shorter : node)
}

/** Keeps the order of precedence: routes that name methods before those that take any. */
function insert<TTarget>(candidates: Candidate<TTarget>[], candidate: Candidate<TTarget>): void {
  if (candidate.methods === null) candidates.push(candidate)
  else candidates.unshift(candidate)
}

function pick<TTarget>(candidates: readonly Candidate<TTarget>[], method: string): TTarget | undefined {
  for (let index = 0; index < candidates.length; index++) {
    const candidate = candidates[index] as Candidate<TTarget>
    if (candidate.methods === null || candidate.methods.includes(method)) return candidate.target
  }
  return undefined
}

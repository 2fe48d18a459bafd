/** One host's routes: a tree with one level per path segment. */
import type { PathMatch } from './match.ts'
import { type Place, pick } from './place.ts'
import type { RequestValues } from './request-values.ts'

/** A level of the tree. Every field is set from the start, so that lookups meet one shape. */
export class PathTree<TTarget extends object> {
  /** The first literal segment below this level. Most levels have no other, and a map for one would cost more. */
  #segment = ''
  #literal: PathTree<TTarget> | null = null
  /** The other literal segments. A map, so that no name is special. */
  #literals: Map<string, PathTree<TTarget>> | null = null
  /** The next level for any segment that is not empty. */
  #parameter: PathTree<TTarget> | null = null
  /** Routes whose path ends here. */
  #whole: Place<TTarget> | null = null
  /** Routes for everything at and below this level. */
  #prefix: Place<TTarget> | null = null

  /** Adds the routes of a path. Only while the table is compiled. */
  add({ segments, whole }: PathMatch, place: Place<TTarget> | null): void {
    const level = segments.reduce<PathTree<TTarget>>(
      (above, segment) => (segment === null ? above.#below() : above.#belowLiteral(segment)),
      this,
    )
    if (whole) level.#whole = place
    else level.#prefix = place
  }

  /**
   * The target of a request: at every segment the literal before a parameter, and both before a prefix that ends there.
   * Where no route at the end of one way fits, the next way gets its turn. A way ends where the tree does, so a long
   * path costs no more than a short one, and every level is met at most once, whatever the number of ways.
   * @param start where the first segment of this level begins; past the end of the path no segments are left.
   */
  find(path: string, start: number, method: string, values: RequestValues): TTarget | undefined {
    let target: TTarget | undefined
    if (start > path.length) {
      if (this.#whole !== null) target = pick(this.#whole, method, values)
    } else if (this.#literal !== null || this.#parameter !== null) {
      const slash = path.indexOf('/', start)
      const end = slash === -1 ? path.length : slash
      const literal = this.#literalAt(path, start, end)
      if (literal !== undefined) target = literal.find(path, end + 1, method, values)
      if (target === undefined && this.#parameter !== null && end > start)
        target = this.#parameter.find(path, end + 1, method, values)
    }
    if (target !== undefined || this.#prefix === null) return target
    return pick(this.#prefix, method, values)
  }

  #literalAt(path: string, start: number, end: number): PathTree<TTarget> | undefined {
    if (
      this.#literal !== null &&
      end - start === this.#segment.length &&
      path.startsWith(this.#segment, start)
    )
      return this.#literal
    return this.#literals?.get(path.slice(start, end))
  }

  #below(): PathTree<TTarget> {
    this.#parameter ??= new PathTree()
    return this.#parameter
  }

  #belowLiteral(segment: string): PathTree<TTarget> {
    const known = this.#literalAt(segment, 0, segment.length)
    if (known) return known
    const level = new PathTree<TTarget>()
    if (this.#literal === null) {
      this.#segment = segment
      this.#literal = level
    } else {
      this.#literals ??= new Map()
      this.#literals.set(segment, level)
    }
    return level
  }
}

/** The routes of one host and one path. What decides among them are method, headers and query. */
import { type Condition, holds, type Match } from './match.ts'
import type { RequestValues } from './request-values.ts'

/** A route of a group, as far as the key of its bucket has not decided. */
interface Candidate<TTarget> {
  /** Conditions on how a value starts. */
  readonly headers: readonly Condition[]
  readonly query: readonly Condition[]
  readonly target: TTarget
}

/**
 * Routes that name the same headers and query parameters with whole values, and as many others. Their methods and whole
 * values make a key, so that ten thousand tenants told apart by one header cost as much as ten.
 */
interface Group<TTarget> {
  readonly byMethod: boolean
  /** How many conditions each route has; they rank the group. */
  readonly headerCount: number
  readonly queryCount: number
  readonly headerNames: readonly string[]
  readonly queryNames: readonly string[]
  readonly buckets: Map<string, Candidate<TTarget>[]>
}

/** Finds the target of a request among the routes of one host and path. */
export class Place<TTarget extends object> {
  /** Most specific first. Groups of one rank may stand in any order: what fits two of them goes to a group before them. */
  readonly #groups: Group<TTarget>[] = []

  /** Adds a route. Only while the table is compiled. */
  add(match: Match, target: TTarget): void {
    const { buckets } = this.#groupFor(match)
    const values = wholeValues(match.headers) + wholeValues(match.query)
    const candidate: Candidate<TTarget> = {
      headers: match.headers.filter(({ exact }) => !exact),
      query: match.query.filter(({ exact }) => !exact),
      target,
    }
    for (const method of match.methods ?? ['']) {
      const bucket = buckets.get(method + values)
      if (bucket) bucket.push(candidate)
      else buckets.set(method + values, [candidate])
    }
  }

  /** The target of the most specific route that fits, or `undefined`. */
  pick(method: string, values: RequestValues): TTarget | undefined {
    for (let index = 0; index < this.#groups.length; index++) {
      const group = this.#groups[index] as Group<TTarget>
      const key = keyFor(group, method, values)
      const bucket = key === undefined ? undefined : group.buckets.get(key)
      if (bucket === undefined) continue
      for (const candidate of bucket) if (fits(candidate, values)) return candidate.target
    }
    return undefined
  }

  #groupFor({ methods, headers, query }: Match): Group<TTarget> {
    const made: Group<TTarget> = {
      byMethod: methods !== null,
      headerCount: headers.length,
      queryCount: query.length,
      headerNames: headers.filter(({ exact }) => exact).map(({ name }) => name),
      queryNames: query.filter(({ exact }) => exact).map(({ name }) => name),
      buckets: new Map(),
    }
    const same = this.#groups.find((group) => shapeOf(group) === shapeOf(made))
    if (same) return same
    this.#groups.push(made)
    this.#groups.sort(
      (a, b) =>
        Number(b.byMethod) - Number(a.byMethod) ||
        b.headerCount - a.headerCount ||
        b.queryCount - a.queryCount,
    )
    return made
  }
}

function shapeOf<TTarget>({ buckets: _, ...shape }: Group<TTarget>): string {
  return JSON.stringify(shape)
}

/** The key of the only bucket whose routes can fit; `undefined` when a header or parameter is missing. */
function keyFor<TTarget>(group: Group<TTarget>, method: string, values: RequestValues): string | undefined {
  let key = group.byMethod ? method : ''
  for (const name of group.headerNames) {
    const value = values.header(name)
    if (value === undefined) return undefined
    key += keyPart(value)
  }
  for (const name of group.queryNames) {
    const value = values.query(name)
    if (value === undefined) return undefined
    key += keyPart(value)
  }
  return key
}

function wholeValues(conditions: readonly Condition[]): string {
  return conditions
    .filter(({ exact }) => exact)
    .map(({ value }) => keyPart(value))
    .join('')
}

/** A value with its length before it: without that, a value could be made up to read like two. No method has a blank. */
function keyPart(value: string): string {
  return ` ${value.length} ${value}`
}

function fits<TTarget>({ headers, query }: Candidate<TTarget>, values: RequestValues): boolean {
  for (const condition of headers) if (!holds(condition, values.header(condition.name))) return false
  for (const condition of query) if (!holds(condition, values.query(condition.name))) return false
  return true
}

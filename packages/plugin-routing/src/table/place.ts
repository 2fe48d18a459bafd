/** The routes of one host and one path. What decides among them are method, headers and query. */
import { type Condition, holds, type Match, type Rule } from './match.ts'
import type { RequestValues } from './request-values.ts'

/**
 * One route of a place, and the less specific ones behind it: a list without an array, since each step from object to
 * object costs more than the comparison there once a table is too large for the processor's caches.
 */
export interface Place<TTarget> {
  readonly methods: readonly string[] | null
  readonly headers: readonly Condition[] | null
  readonly query: readonly Condition[] | null
  /** In place of one route: many that ask for the same names. */
  readonly index: ValueIndex<TTarget> | null
  readonly target: TTarget | null
  readonly next: Place<TTarget> | null
}

/** Routes by the whole values that they ask for, so that ten thousand tenants cost as much as ten. */
interface ValueIndex<TTarget> {
  readonly headers: readonly string[]
  readonly query: readonly string[]
  readonly buckets: ReadonlyMap<string, Place<TTarget>>
}

/** From this many routes on that ask for the same names, an index is quicker than asking one after the other. */
const INDEXED_FROM = 4

/** Puts the rules of one host and path in order: a method, then more headers, then more of the query. */
export function placeFor<TTarget extends object>(rules: readonly Rule<TTarget>[]): Place<TTarget> | null {
  const groups = [...Map.groupBy(rules, ({ match }) => groupOf(match)).values()].toSorted(([a], [b]) =>
    compareRanks(a?.match, b?.match),
  )
  let place: Place<TTarget> | null = null
  for (const group of groups.toReversed()) {
    const [first] = group
    if (first && group.length >= INDEXED_FROM && wholeValues(first.match) !== '')
      place = indexed(group, place)
    else for (const rule of group) place = routePlace(rule, false, place)
  }
  return place
}

/** The target of the most specific route that fits, or `undefined`. */
export function pick<TTarget extends object>(
  first: Place<TTarget>,
  method: string,
  values: RequestValues,
): TTarget | undefined {
  for (let place: Place<TTarget> | null = first; place !== null; place = place.next) {
    const { methods, headers, query, index, target } = place
    if (methods !== null && !methods.includes(method)) continue
    if (headers !== null && !headers.every((condition) => holds(condition, values.header(condition.name))))
      continue
    if (query !== null && !query.every((condition) => holds(condition, values.query(condition.name))))
      continue
    if (target !== null) return target
    const bucket = index === null ? undefined : bucketFor(index, values)
    const found = bucket && pick(bucket, method, values)
    if (found !== undefined) return found
  }
  return undefined
}

/** Rules of one group have one rank, and ask for the same names in the same way. */
function groupOf({ methods, headers, query }: Match): string {
  const asked = [headers, query].map((list) => list.map(({ name, exact }) => [name, exact]))
  return JSON.stringify([methods !== null, ...asked])
}

function compareRanks(a: Match | undefined, b: Match | undefined): number {
  if (!a || !b) return 0
  return (
    Number(b.methods !== null) - Number(a.methods !== null) ||
    b.headers.length - a.headers.length ||
    b.query.length - a.query.length
  )
}

function routePlace<TTarget>(
  { match, target }: Rule<TTarget>,
  isIndexed: boolean,
  next: Place<TTarget> | null,
): Place<TTarget> {
  const left = (list: readonly Condition[]) => {
    const conditions = isIndexed ? list.filter(({ exact }) => !exact) : list
    return conditions.length > 0 ? conditions : null
  }
  const { methods } = match
  return { methods, headers: left(match.headers), query: left(match.query), index: null, target, next }
}

function indexed<TTarget>(group: readonly Rule<TTarget>[], next: Place<TTarget> | null): Place<TTarget> {
  const names = (list: readonly Condition[] = []) => list.filter(({ exact }) => exact).map(({ name }) => name)
  const buckets = new Map<string, Place<TTarget>>()
  for (const rule of group) {
    const key = wholeValues(rule.match)
    buckets.set(key, routePlace(rule, true, buckets.get(key) ?? null))
  }
  const match = group[0]?.match
  const index = { headers: names(match?.headers), query: names(match?.query), buckets }
  return { methods: null, headers: null, query: null, index, target: null, next }
}

/** The routes that ask for the values of a request; none when one of them is missing. */
function bucketFor<TTarget>(
  { headers, query, buckets }: ValueIndex<TTarget>,
  values: RequestValues,
): Place<TTarget> | undefined {
  let key = ''
  for (const name of headers) {
    const value = values.header(name)
    if (value === undefined) return undefined
    key += keyPart(value)
  }
  for (const name of query) {
    const value = values.query(name)
    if (value === undefined) return undefined
    key += keyPart(value)
  }
  return buckets.get(key)
}

/** The key of a rule in an index; empty when it asks for no whole value. */
function wholeValues({ headers, query }: Match): string {
  return [...headers, ...query].map(({ value, exact }) => (exact ? keyPart(value) : '')).join('')
}

/** A value with its length before it: without that, a value could be made up to read like two. */
function keyPart(value: string): string {
  return `${value.length} ${value} `
}

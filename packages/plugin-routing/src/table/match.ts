/** What a route asks of a request, checked and normalised. Everything else in the table is made of this. */
import type { HostPattern } from './match-host.ts'

/** A parameter of a path pattern. */
export interface PathParameter {
  /** Its name in the pattern. */
  readonly name: string
  /** Number of the segment that holds its value, from 0; of the first one for `rest`. */
  readonly segment: number
  /** Whether it is everything from that segment on. */
  readonly rest: boolean
}

/** The path of a match: a whole path or a prefix, each with or without parameters. */
export interface PathMatch {
  /** Normalised; `null` is any one segment that is not empty. None at all, as a prefix, is every path. */
  readonly segments: readonly (string | null)[]
  /** Whether the path ends with the last segment, rather than goes on as it likes. */
  readonly whole: boolean
  /** In the order of the path. */
  readonly parameters: readonly PathParameter[]
}

/** What a header or a parameter of the query must be. */
export interface Condition {
  /** Of a header in lower case; of a query parameter decoded. */
  readonly name: string
  /** The value, or how it starts: every value starts with the empty string. */
  readonly value: string
  /** Whether `value` is the whole value rather than how it starts. */
  readonly exact: boolean
}

/** One route's match. */
export interface Match {
  /** `undefined`: any host. */
  readonly host: HostPattern | undefined
  /** Of any path: no segments, not whole. */
  readonly path: PathMatch
  /** Sorted, each once; `null`: any method. */
  readonly methods: readonly string[] | null
  /** All must hold. Each name once, sorted by name. */
  readonly headers: readonly Condition[]
  /** All must hold. Each name once, sorted by name. */
  readonly query: readonly Condition[]
}

/** A match and what it leads to. */
export interface Rule<TTarget> {
  readonly match: Match
  readonly target: TTarget
}

/** Whether a value is what a condition asks for; `undefined` is a header or parameter that is not there. */
export function holds({ value, exact }: Condition, found: string | undefined): boolean {
  if (found === undefined) return false
  return exact ? found === value : found.startsWith(value)
}

/** A key that two matches share exactly when their host and their path are the same, whatever their parameters are called. */
export function placeOf({ host, path }: Match): string {
  const name = host ? `${host.kind} ${host.name}` : ''
  return JSON.stringify([name, path.whole, ...path.segments])
}

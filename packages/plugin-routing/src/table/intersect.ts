import { type Condition, holds, type Match } from './match.ts'

/**
 * The match that fits exactly the requests which fit both.
 * @param a, b of the same host and path.
 * @returns `undefined` when no request fits both.
 */
export function intersect(a: Match, b: Match): Match | undefined {
  const methods = sharedMethods(a.methods, b.methods)
  const headers = allOf(a.headers, b.headers)
  const query = allOf(a.query, b.query)
  if (methods?.length === 0 || !headers || !query) return undefined
  return { host: a.host, path: a.path, methods, headers, query }
}

function sharedMethods(a: Match['methods'], b: Match['methods']): Match['methods'] {
  if (a === null || b === null) return a ?? b
  return a.filter((method) => b.includes(method))
}

/** The conditions of both; `undefined` when two on one name exclude each other. Those on different names never do. */
function allOf(a: readonly Condition[], b: readonly Condition[]): readonly Condition[] | undefined {
  const merged = new Map(a.map((condition) => [condition.name, condition]))
  for (const condition of b) {
    const other = merged.get(condition.name)
    if (!other) merged.set(condition.name, condition)
    else if (implies(condition, other)) merged.set(condition.name, condition)
    else if (!implies(other, condition)) return undefined
  }
  return [...merged.values()]
}

/** Whether every value that the one allows is one that the other allows. */
function implies(one: Condition, other: Condition): boolean {
  return one.exact ? holds(other, one.value) : !other.exact && one.value.startsWith(other.value)
}

import type { Match, Rule } from '../../src/table/compile.ts'

/** A request, as far as routes look at it. */
export interface MatchedRequest {
  readonly authority: string
  readonly path: string
  readonly method: string
}

/** The specification of the table, without any thought of speed: every rule that fits, ranked by what it says. */
export function naiveFind<TTarget>(
  rules: readonly Rule<TTarget>[],
  request: MatchedRequest,
): TTarget | undefined {
  const fitting = rules.filter(({ match }) => fits(match, request))
  fitting.sort((a, b) => compare(rank(b.match), rank(a.match)))
  return fitting[0]?.target
}

function fits(match: Match, { authority, path, method }: MatchedRequest): boolean {
  const name = authority.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')
  if (match.host?.kind === 'exact' && name !== match.host.name) return false
  if (match.host?.kind === 'suffix' && !name.endsWith(`.${match.host.name}`)) return false
  if (match.methods && !match.methods.includes(method)) return false
  if (match.exact) return path === match.path
  return match.path === '/' || path === match.path || path.startsWith(`${match.path}/`)
}

/** Larger is more specific, field by field. */
function rank({ host, path, exact, methods }: Match): readonly number[] {
  return [
    host?.kind === 'exact' ? 1 : 0,
    host?.name.length ?? -1,
    exact ? 1 : 0,
    path.length,
    methods ? 1 : 0,
  ]
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] as number)
    if (difference !== 0) return difference
  }
  return 0
}

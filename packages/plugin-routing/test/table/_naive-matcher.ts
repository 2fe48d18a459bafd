/** The specification of the table, without any thought of speed, and without any code of the table's. */
import type { RouteMatch, ValueMatch } from '../../src/options/match-options.ts'
import type { MatchedRequest } from '../../src/table/request-values.ts'

/** The indexes of all routes that a request fits and that nothing ranks behind another one. More than one is a tie. */
export function naiveBest(routes: readonly RouteMatch[], request: MatchedRequest): number[] {
  const fitting = [...routes.keys()].filter((index) => fits(routes[index] as RouteMatch, request))
  return fitting.filter((index) =>
    fitting.every(
      (other) => compare(rank(routes[index] as RouteMatch), rank(routes[other] as RouteMatch)) >= 0,
    ),
  )
}

function fits(match: RouteMatch, request: MatchedRequest): boolean {
  const name = request.authority.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')
  const host = match.host?.toLowerCase()
  if (host?.startsWith('*.') && !name.endsWith(host.slice(1))) return false
  if (host !== undefined && !host.startsWith('*.') && name !== host) return false
  if (match.method !== undefined && ![match.method].flat().includes(request.method)) return false
  if (!pathExpression(match).test(request.path)) return false
  return (
    Object.entries(match.headers ?? {}).every(([key, value]) => meets(value, headerOf(request, key))) &&
    // The platform's own reading of a query: decoded once, the first of a repeated parameter.
    Object.entries(match.query ?? {}).every(([key, value]) =>
      meets(value, new URLSearchParams(request.query).get(key) ?? undefined),
    )
  )
}

function pathExpression({ path, exactPath, pathPattern }: RouteMatch): RegExp {
  if (exactPath !== undefined) return new RegExp(`^${literal(exactPath)}$`)
  if (path !== undefined) return new RegExp(`^${literal(path.replace(/\/$/, ''))}(/.*)?$`)
  if (pathPattern === undefined) return /^/
  const parts = pathPattern.slice(1).split('/')
  const source = parts.map((part) => {
    if (part.endsWith('*}')) return '(/.*)?'
    return part.startsWith('{') ? '/[^/]+' : `/${literal(part)}`
  })
  return new RegExp(`^${source.join('')}$`)
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

function headerOf({ requestHeaders }: MatchedRequest, key: string): string | undefined {
  const lines = requestHeaders.filter((_, i) => i % 2 === 1 && same(requestHeaders[i - 1], key))
  return lines.length > 0 ? lines.join(', ') : undefined
}

function same(a: string | undefined, b: string): boolean {
  return a?.toLowerCase() === b.toLowerCase()
}

function meets(value: ValueMatch, found: string | undefined): boolean {
  if (found === undefined) return false
  if (typeof value === 'string') return found === value
  if ('exact' in value) return found === value.exact
  return 'present' in value || found.startsWith(value.prefix)
}

/** Larger is more specific, field by field. A path gives a field for each segment: literal, parameter, end. */
function rank(match: RouteMatch): (number | readonly number[])[] {
  const wild = match.host?.startsWith('*.') === true
  return [
    match.host === undefined || wild ? 0 : 1,
    match.host?.length ?? 0,
    pathRank(match),
    match.method === undefined ? 0 : 1,
    Object.keys(match.headers ?? {}).length,
    Object.keys(match.query ?? {}).length,
  ]
}

function pathRank({ path, exactPath, pathPattern }: RouteMatch): number[] {
  const [LITERAL, PARAMETER, WHOLE, PREFIX] = [3, 2, 1, 0]
  const parts = (exactPath ?? path?.replace(/\/$/, '') ?? pathPattern ?? '').split('/').slice(1)
  const open = parts.at(-1)?.endsWith('*}') === true
  const end = exactPath !== undefined || (pathPattern !== undefined && !open) ? WHOLE : PREFIX
  const ranks = parts.map((part) => (pathPattern !== undefined && part.startsWith('{') ? PARAMETER : LITERAL))
  return [...(open ? ranks.slice(0, -1) : ranks), end] as number[]
}

function compare(
  a: readonly (number | readonly number[])[],
  b: readonly (number | readonly number[])[],
): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [one = -1, other = -1] = [a[i], b[i]]
    const difference =
      typeof one === 'object' && typeof other === 'object' ? compare(one, other) : Number(one) - Number(other)
    if (difference !== 0) return difference
  }
  return 0
}

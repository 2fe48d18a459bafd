import type { RouteTarget, SplitTarget } from '../options/target-options.ts'

/** Where a route leads, in words: `orders`, `orders (weight 9) or orders-v2 (weight 1)`, `beta by a rule, else orders`. */
export function describeTo(to: RouteTarget): string {
  if (typeof to === 'string') return to
  if ('split' in to) return describeSplit(to)
  const first = to.rules.map((rule) => describeTo(rule.to))
  return `${[...new Set(first)].join(', ')} by a rule, else ${describeTo(to.otherwise)}`
}

function describeSplit({ split }: SplitTarget): string {
  return split.map(({ to, weight }) => `${to} (weight ${weight})`).join(' or ')
}

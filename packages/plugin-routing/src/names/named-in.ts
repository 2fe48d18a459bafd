import type { RouteTarget } from '../options/target-options.ts'

/** Every name of a service that a target of the options has. */
export function namedIn(to: RouteTarget): readonly string[] {
  if (typeof to === 'string') return [to]
  if ('split' in to) return to.split.map((part) => part.to)
  return [...to.rules.flatMap((rule) => namedIn(rule.to)), ...namedIn(to.otherwise)]
}

/** Conditions of express-gateway's pipelines that a match can say. */
import { optionsAt } from './values.ts'

/** What a condition asks, in words of a match; or why that cannot be said. */
export interface Condition {
  readonly exactPath?: string
  readonly method?: string
  readonly host?: string
  readonly problem?: string
}

/** Reads `{ name, … }`. Without a condition, and for `always`, there is nothing to ask. */
export function readCondition(condition: unknown): Condition {
  if (condition === undefined || condition === null) return {}
  const { name, path, methods, pattern, conditions } = optionsAt(condition)
  switch (name) {
    case 'always':
      return {}
    case 'pathExact':
      return { exactPath: String(path) }
    case 'method':
      return { method: [methods].flat().join(',') }
    case 'hostMatch': {
      const host = /^\^?([\w-]+(?:\\?\.[\w-]+)*)\$?$/.exec(String(pattern))?.[1]?.replaceAll('\\', '')
      return host === undefined
        ? { problem: `The pattern of hostMatch, "${String(pattern)}", is no name of a host.` }
        : { host }
    }
    case 'allOf':
      return Object.assign({}, ...[conditions].flat().map((one) => readCondition(one))) as Condition
    default:
      return { problem: `The condition ${String(name)} cannot be said as a match.` }
  }
}

import { globTest } from './glob.ts'
import type { ClaimRule } from './options.ts'

type Claims = Readonly<Record<string, unknown>>

/** Makes a test of one claim. */
export function claimTest(rule: ClaimRule): (claims: Claims) => boolean {
  const fits = valueTest(rule)
  const path = typeof rule.claim === 'string' ? [rule.claim] : rule.claim
  return (claims) => {
    const value = readPath(claims, path)
    return value !== undefined && fits(value)
  }
}

function valueTest({ equals, oneOf, includes, matches }: ClaimRule): (value: unknown) => boolean {
  if (equals !== undefined) return (value) => value === equals
  if (oneOf !== undefined) return (value) => oneOf.includes(value as string)
  if (includes !== undefined) return (value) => Array.isArray(value) && value.includes(includes)
  if (matches === undefined) return () => false
  const fits = globTest(matches)
  return (value) => typeof value === 'string' && fits(value)
}

/** Own properties only: `constructor` and `__proto__` are in every object, and no token has them. */
function readPath(claims: Claims, path: readonly string[]): unknown {
  let value: unknown = claims
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
      return undefined
    value = (value as Claims)[name]
  }
  return value
}

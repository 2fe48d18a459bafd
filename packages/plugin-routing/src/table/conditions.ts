import { HEADER_VALUE, HEADER_VALUE_NEEDED, OF_CONNECTION } from '../header-rules.ts'
import type { RouteMatch, ValueMatch } from '../options/match-options.ts'
import { invalidOption } from '../problems.ts'
import type { Condition } from './match.ts'

type Given = NonNullable<RouteMatch['headers']>

const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/

/** How header values start: no blank (RFC 9110 section 5.5). */
const VALUE_START = /^(?:[\x21-\x7e][\t\x20-\x7e]*)?$/

/**
 * Checks and normalises conditions on headers.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on a name or value that no header can have, or that routes cannot
 * see, and on a name that stands there twice in different case.
 */
export function readHeaderConditions(given: Given = {}, at: readonly PropertyKey[]): Condition[] {
  const conditions = Object.entries(given).map(([name, value]) => {
    const lower = name.toLowerCase()
    const here = [...at, name]
    if (!TOKEN.test(lower))
      throw invalidOption(here, 'a name that no header has', 'a name such as "x-tenant"')
    if (lower === 'host') throw invalidOption(here, 'the header host', 'match.host')
    if (OF_CONNECTION.has(lower))
      throw invalidOption(here, 'a header that concerns one connection only', 'one that routes can see')
    const condition = readCondition(lower, value)
    if (!(condition.exact ? HEADER_VALUE : VALUE_START).test(condition.value))
      throw invalidOption(here, 'a value that no header has', HEADER_VALUE_NEEDED)
    return condition
  })
  return sortedOnce(conditions, at)
}

/**
 * Normalises conditions on the query.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on a name or value that is half a surrogate pair, which nothing decodes to.
 */
export function readQueryConditions(given: Given = {}, at: readonly PropertyKey[]): Condition[] {
  const conditions = Object.entries(given).map(([name, value]) => {
    const condition = readCondition(name, value)
    if (!name.isWellFormed() || !condition.value.isWellFormed())
      throw invalidOption([...at, name], 'half a surrogate pair', 'text that a query can encode')
    return condition
  })
  return sortedOnce(conditions, at)
}

/** A condition in words, the same for equal ones only: `x-tenant=blue`, `version=2*`, `debug=*`. */
export function describeCondition({ name, value, exact }: Condition): string {
  return `${encode(name)}=${encode(value)}${exact ? '' : '*'}`
}

function readCondition(name: string, given: ValueMatch): Condition {
  if (typeof given === 'string') return { name, value: given, exact: true }
  if ('exact' in given) return { name, value: given.exact, exact: true }
  return { name, value: 'prefix' in given ? given.prefix : '', exact: false }
}

function sortedOnce(conditions: readonly Condition[], at: readonly PropertyKey[]): Condition[] {
  const sorted = conditions.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const twice = sorted.find(({ name }, index) => sorted[index + 1]?.name === name)
  if (twice) throw invalidOption(at, `${twice.name} twice, in different case`, 'each header once')
  return sorted
}

/** Without the characters that `describeCondition` and the words of a match need for themselves. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('*', '%2A')
}

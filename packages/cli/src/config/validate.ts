/** Validates a value with any Standard Schema and says what is wrong in the words of a configuration file. */
import { issuePath, knownKeys, type OptionsSchema, type SchemaIssue, suggestKey } from '@postern/core'
import type { ConfigIssue } from './issues.ts'

/** How a schema is applied to a part of a configuration. */
export interface CheckOptions {
  /** Where the value stands in the configuration. */
  readonly path: readonly PropertyKey[]
  /** Keys that stand beside those of the schema at its root and are checked elsewhere, for suggestions. */
  readonly alsoKnown?: readonly string[]
}

/** Everything that is wrong with the value; empty when it is valid. */
export function checkWith(
  schema: OptionsSchema<unknown, unknown>,
  value: unknown,
  options: CheckOptions,
): ConfigIssue[] {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) {
    // Core refuses such a schema and says so. Here only the rejection must not end the process.
    result.catch(() => undefined)
    return []
  }
  return (result.issues ?? []).flatMap((issue) => toIssues(schema, value, issue, options))
}

/** What valibot and zod say beyond the Standard Schema interface. */
interface KnownVendorFields {
  readonly type?: unknown
  readonly expected?: unknown
  readonly code?: unknown
  readonly keys?: unknown
}

function toIssues(
  schema: OptionsSchema<unknown, unknown>,
  value: unknown,
  issue: SchemaIssue & KnownVendorFields,
  options: CheckOptions,
): ConfigIssue[] {
  const inner = issuePath(issue)
  const parent = inner.slice(0, -1)
  const known = (path: readonly PropertyKey[]): string[] | undefined => {
    const keys = knownKeys(schema, path)
    return path.length === 0 && keys ? [...keys, ...(options.alsoKnown ?? [])] : keys
  }
  const unknownAt = (path: readonly PropertyKey[], key: string): ConfigIssue => ({
    path: [...options.path, ...path, key],
    message: unknownKey(key, known(path)),
    at: 'key',
  })

  if (issue.code === 'unrecognized_keys' && Array.isArray(issue.keys)) {
    return issue.keys.map((key) => unknownAt(inner, String(key)))
  }
  if (issue.expected === 'never' && inner.length > 0) {
    // Valibot names the first unknown key of an object only; the others would show one run after another.
    const keys = known(parent)
    const there = valueAt(value, parent)
    const others = keys && isRecord(there) ? Object.keys(there).filter((key) => !keys.includes(key)) : []
    return [...new Set([String(inner.at(-1)), ...others])].map((key) => unknownAt(parent, key))
  }
  const last = inner.at(-1)
  if (typeof last === 'string' && /received undefined/.test(issue.message) && isAbsent(value, parent, last)) {
    return [{ path: [...options.path, ...inner], message: `Missing key "${last}"`, at: 'key' }]
  }
  return [{ path: [...options.path, ...inner], message: issue.message }]
}

/** Words for a key that nobody reads. */
export function unknownKey(key: string, known: readonly string[] | undefined): string {
  const meant = known && suggestKey(key, known)
  if (meant !== undefined) return `Unknown key "${key}": did you mean "${meant}"?`
  return known ? `Unknown key "${key}": expected one of ${known.join(', ')}` : `Unknown key "${key}"`
}

/** Whether a value is an object with keys, and not an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a path, `undefined` when the path leads nowhere. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined
    current = (current as Readonly<Record<PropertyKey, unknown>>)[key]
  }
  return current
}

function isAbsent(value: unknown, parent: readonly PropertyKey[], key: string): boolean {
  const there = valueAt(value, parent)
  return isRecord(there) && !Object.hasOwn(there, key)
}

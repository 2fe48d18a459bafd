/** Options as data that can leave the process: what is no data is named in place of its value. */

/** Marks what a package that is not installed gave. */
export const UNKNOWN: unique symbol = Symbol.for('postern.migrate.unknown')

const MAX_DEPTH = 12

/**
 * A value without functions, classes and circles: `{ $function: name }`, `{ $regexp, flags }`, `{ $object: class }`, and `{ $unknown }` for what
 * came out of a package that is not installed, so that nobody knows what it would be.
 */
export function serialise(value: unknown, above: readonly unknown[] = []): unknown {
  if (isUnknown(value)) return { $unknown: String((value as { [UNKNOWN]: unknown })[UNKNOWN]) }
  if (typeof value === 'function') return { $function: value.name }
  if (typeof value === 'bigint' || typeof value === 'symbol') return { $object: typeof value }
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof RegExp) return { $regexp: value.source, flags: value.flags }
  if (value instanceof URL) return value.href
  if (above.includes(value) || above.length > MAX_DEPTH) return { $object: 'circle' }
  const inner = [...above, value]
  if (Array.isArray(value)) return value.map((item) => serialise(item, inner))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    return { $object: value.constructor?.name ?? 'object' }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, serialise(item, inner)]))
}

function isUnknown(value: unknown): boolean {
  return typeof value === 'function' && UNKNOWN in value
}

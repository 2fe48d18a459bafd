/** Looking at configuration data whose form was checked by its schema, but whose type is not known here. */
import { isRecord } from '../config/validate.ts'

type Path = readonly PropertyKey[]

/** The value as an object; an empty one when it is none. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {}
}

/** The value as a list; an empty one when it is none. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The texts of a value that is a text, or a list of some. */
export function texts(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string')
}

/** Every plain object at or below a value, with its path. Each once: in TypeScript there may be circles. */
export function* objectsIn(
  value: unknown,
  path: Path,
  seen: Set<unknown> = new Set(),
): Generator<readonly [path: Path, object: Readonly<Record<string, unknown>>]> {
  if (typeof value !== 'object' || value === null || seen.has(value)) return
  seen.add(value)
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* objectsIn(item, [...path, index], seen)
    return
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return
  yield [path, value as Readonly<Record<string, unknown>>]
  for (const [key, item] of Object.entries(value)) yield* objectsIn(item, [...path, key], seen)
}

/** Names for a sentence: `"a", "b" and 3 more`. */
export function named(names: readonly string[], most = 4): string {
  const shown = names.slice(0, most).map((name) => JSON.stringify(name))
  const more = names.length - shown.length
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

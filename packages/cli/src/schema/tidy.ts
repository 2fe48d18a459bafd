import { isList, isSchema, type JsonSchema, mapChildren, propertiesOf } from './json-schema.ts'

/**
 * Takes out what says nothing to whoever writes a file: keys and alternatives that only code can give (`not: {}`), lists of one
 * alternative, empty words.
 */
export function tidy(schema: JsonSchema): JsonSchema {
  return merged(withoutUnwritable(mapChildren(schema, tidy)))
}

function withoutUnwritable(schema: JsonSchema): JsonSchema {
  const left: Record<string, unknown> = { ...schema }
  const required = isList(schema['required']) ? schema['required'] : []
  if (required.length === 0) delete left['required']
  if (isSchema(schema['properties'])) {
    const kept = Object.entries(propertiesOf(schema)).filter(
      ([key, child]) => required.includes(key) || !isUnwritable(child),
    )
    left['properties'] = Object.fromEntries(kept)
  }
  for (const word of ['anyOf', 'oneOf']) {
    const list = schema[word]
    if (!isList(list)) continue
    const kept = list.filter((child) => !isSchema(child) || !isUnwritable(child))
    if (kept.length > 0) left[word] = kept
    else {
      delete left[word]
      left['not'] = {}
    }
  }
  const names = schema['propertyNames']
  if (isSchema(names) && Object.keys(names).every((word) => word === 'type')) delete left['propertyNames']
  return left
}

/** One alternative is none. */
function merged(schema: JsonSchema): JsonSchema {
  const { anyOf, ...others } = schema
  const [only, ...more] = isList(anyOf) ? anyOf : []
  if (!isSchema(only) || more.length > 0 || '$ref' in only) return schema
  // What stands outside is about this place, and says more.
  return { ...only, ...others }
}

function isUnwritable({ not }: JsonSchema): boolean {
  return isSchema(not) && Object.keys(not).length === 0
}

/** JSON Schema as data, and the few things that are done to it. */

/** A JSON Schema, draft-07. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Words that hold a schema, several in a list, or several by name. */
const ONE = [
  'items',
  'additionalProperties',
  'additionalItems',
  'contains',
  'propertyNames',
  'not',
  'if',
  'then',
  'else',
]
const SEVERAL = ['anyOf', 'oneOf', 'allOf', 'items']
const NAMED = ['properties', 'patternProperties', 'definitions', '$defs', 'dependencies']

/** Whether a value is an object with words of a schema. */
export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether a value is a list. `Array.isArray` alone makes its items `any`. */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

/** The schema with every schema directly in it replaced. `word` is where it stood. */
export function mapChildren(
  schema: JsonSchema,
  change: (child: JsonSchema, word: string) => JsonSchema,
): JsonSchema {
  const changed: Record<string, unknown> = { ...schema }
  const each = (word: string) => (child: unknown) => (isSchema(child) ? change(child, word) : child)
  for (const word of ONE) if (isSchema(schema[word])) changed[word] = each(word)(schema[word])
  for (const word of SEVERAL) {
    const list = schema[word]
    if (isList(list)) changed[word] = list.map(each(word))
  }
  for (const word of NAMED) {
    const named = schema[word]
    if (isSchema(named)) {
      changed[word] = Object.fromEntries(
        Object.entries(named).map(([name, child]) => [name, each(word)(child)]),
      )
    }
  }
  return changed
}

/** The schemas by name that an object's schema has for its keys. */
export function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const { properties } = schema
  return isSchema(properties) ? (properties as Readonly<Record<string, JsonSchema>>) : {}
}

/** The schema as a definition of another: what it refers to inside of itself it finds there. */
export function asDefinition(schema: JsonSchema, name: string): JsonSchema {
  const { $schema: _, $id: __, ...words } = schema
  const rebase = (node: JsonSchema): JsonSchema => {
    const { $ref } = node
    const here = typeof $ref === 'string' && $ref.startsWith('#')
    const changed = mapChildren(node, rebase)
    return here ? { ...changed, $ref: `${refTo(name)}${$ref.slice(1)}` } : changed
  }
  return rebase(words)
}

/** A reference to a definition by name. */
export function refTo(name: string): string {
  return `#/definitions/${encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))}`
}

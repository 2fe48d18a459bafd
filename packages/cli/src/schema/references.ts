/** Secrets in JSON Schema: where `gw` takes `{ env: NAME }` and `{ file: path }` in place of a text. */
import { isList, isSchema, type JsonSchema, mapChildren, propertiesOf, refTo } from './json-schema.ts'

/** Name of the definition. */
export const REFERENCE = 'reference'

/** The definition: an object whose only key is one of the two. */
export const referenceSchema: JsonSchema = {
  description: 'A secret or certificate, by the place where it is.',
  anyOf: [
    {
      type: 'object',
      properties: { env: { type: 'string', minLength: 1, description: 'Name of an environment variable.' } },
      required: ['env'],
      additionalProperties: false,
    },
    {
      type: 'object',
      properties: {
        file: { type: 'string', minLength: 1, description: 'Path of a file, relative to the configuration.' },
      },
      required: ['file'],
      additionalProperties: false,
    },
  ],
}

const REF: JsonSchema = { $ref: refTo(REFERENCE) }

/** The schema, with references in place of every text in it. Names of keys are no values. */
export function acceptReferences(schema: JsonSchema): JsonSchema {
  const inner = mapChildren(schema, (child, word) =>
    word === 'propertyNames' || word === 'not' || word === 'if'
      ? child
      : word === 'anyOf' && isText(child)
        ? child
        : acceptReferences(child),
  )
  const { anyOf } = inner
  if (isList(anyOf)) {
    return anyOf.some((child) => isSchema(child) && isText(child))
      ? { ...inner, anyOf: [...anyOf, REF] }
      : inner
  }
  if (!isText(inner)) return inner
  const { description, default: fallback, ...words } = inner
  return {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
    anyOf: [words, REF],
  }
}

/** The TLS settings, with keys and passphrases by reference only: a file of YAML or JSON never has them in it. */
export function keysByReference(tls: JsonSchema): JsonSchema {
  const properties = Object.entries(propertiesOf(tls)).map(([name, child]): [string, JsonSchema] => {
    if (name === 'certificates' && isSchema(child['items'])) {
      return [name, { ...child, items: keysByReference(child['items']) }]
    }
    if (name !== 'key' && name !== 'passphrase') return [name, child]
    const { description } = child
    return [name, { ...(description === undefined ? {} : { description }), anyOf: [REF] }]
  })
  return { ...tls, properties: Object.fromEntries(properties) }
}

function isText(schema: JsonSchema): boolean {
  const { type, enum: values, const: value } = schema
  if (isList(values)) return values.some((one) => typeof one === 'string')
  return type === 'string' || typeof value === 'string'
}

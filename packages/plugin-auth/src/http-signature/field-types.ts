/** Kinds of structured fields (RFC 9651 section 3). */
export const FIELD_TYPES = ['dictionary', 'list', 'item'] as const

/** Which of them a header is. */
export type FieldType = (typeof FIELD_TYPES)[number]

/** By name, in lower case. */
export type FieldTypes = ReadonlyMap<string, FieldType>

/**
 * Structured fields that a request may have, by IANA's registry of HTTP field names
 * (https://www.iana.org/assignments/http-fields, column "Structured Type"). Headers that look like one and are not registered as one,
 * such as `Cache-Control`, are none: two sides could read them in two ways.
 */
const REGISTERED: readonly (readonly [name: string, type: FieldType])[] = [
  ['accept-signature', 'dictionary'],
  ['capsule-protocol', 'item'],
  ['client-cert', 'item'],
  ['client-cert-chain', 'list'],
  ['content-digest', 'dictionary'],
  ['priority', 'dictionary'],
  ['repr-digest', 'dictionary'],
  ['signature', 'dictionary'],
  ['signature-input', 'dictionary'],
  ['want-content-digest', 'dictionary'],
  ['want-repr-digest', 'dictionary'],
]

/** Those of the registry, and a team's own. */
export function fieldTypes(own: Readonly<Record<string, FieldType>> = {}): FieldTypes {
  const given = Object.entries(own).map(([name, type]) => [name.toLowerCase(), type] as const)
  return new Map([...REGISTERED, ...given])
}

import { ComponentFault } from './component-fault.ts'
import { type FieldTypes, fieldTypes } from './field-types.ts'
import { fieldValue } from './field-value.ts'
import { MessageParts } from './message-parts.ts'
import { type BareItem, type InnerList, type Item, serializeInnerList, serializeItem } from './structured.ts'

const REGISTERED = fieldTypes()

/** A request as its signature sees it. */
export interface SignedMessage {
  readonly method: string
  readonly scheme: string
  /** Host and port. */
  readonly authority: string
  /** Starts with `/`. */
  readonly path: string
  /** With its `?`; empty without one. */
  readonly query: string
  /** Flat. */
  readonly headers: readonly string[]
}

/**
 * The signature base (RFC 9421 section 2.5).
 * @param covered the components and parameters, as `Signature-Input` has them.
 * @param types which headers are structured fields. Default: those of IANA's registry.
 * @throws {ComponentFault} when a component is repeated, unknown, or not in the message.
 */
export function signatureBase(
  message: SignedMessage,
  covered: InnerList,
  types: FieldTypes = REGISTERED,
): string {
  const lines: string[] = []
  const parts = new MessageParts(message.query)
  const seen = new Set<string>()
  for (const item of covered[0]) {
    const identifier = serializeItem(item)
    // Section 2: each identifier MUST occur only once.
    if (seen.has(identifier)) throw new ComponentFault('a component is covered twice')
    seen.add(identifier)
    const value = componentValue(message, item, parts, types)
    if (/[\r\n]/.test(value)) throw new ComponentFault('a component has a line break')
    lines.push(`${identifier}: ${value}`)
  }
  lines.push(`"@signature-params": ${serializeInnerList(covered)}`)
  return lines.join('\n')
}

function componentValue(
  message: SignedMessage,
  [name, parameters]: Item,
  parts: MessageParts,
  types: FieldTypes,
): string {
  if (typeof name !== 'string' || name !== name.toLowerCase())
    throw new ComponentFault('a component has no valid name')
  if (name === '@query-param') return queryParameter(parts, [...parameters])
  if (name.startsWith('@')) {
    if (parameters.size > 0) throw new ComponentFault('a derived component has a parameter')
    return derivedValue(message, name)
  }
  return fieldValue(message.headers, name, parameters, parts, types, message.authority)
}

/** Section 2.2. */
function derivedValue({ method, scheme, authority, path, query }: SignedMessage, name: string): string {
  switch (name) {
    case '@method':
      return method
    case '@scheme':
      return scheme
    case '@authority':
      return normalAuthority(authority, scheme)
    case '@target-uri':
      return `${scheme}://${normalAuthority(authority, scheme)}${path}${query}`
    case '@request-target':
      return `${path}${query}`
    case '@path':
      return path
    case '@query':
      return query === '' ? '?' : query
    default:
      throw new ComponentFault('a derived component is not one of a request')
  }
}

/** Section 2.2.3: lower case, without the scheme's own port. */
function normalAuthority(authority: string, scheme: string): string {
  const port = scheme === 'https' ? ':443' : ':80'
  const lower = authority.toLowerCase()
  return lower.endsWith(port) ? lower.slice(0, -port.length) : lower
}

/** Section 2.2.8. A parameter that is there several times has no one value. */
function queryParameter(parts: MessageParts, parameters: readonly [string, BareItem][]): string {
  const [parameter] = parameters
  if (parameters.length !== 1 || parameter?.[0] !== 'name' || typeof parameter[1] !== 'string')
    throw new ComponentFault('@query-param needs the parameter name alone')
  const [value, ...others] = parts.parameter(parameter[1])
  if (value === undefined || others.length > 0)
    throw new ComponentFault('a covered query parameter is not there exactly once')
  return value
}

import { trimBlanks } from '../http/trim-blanks.ts'
import { ComponentFault } from './component-fault.ts'
import type { FieldType, FieldTypes } from './field-types.ts'
import type { MessageParts } from './message-parts.ts'
import {
  type BareItem,
  type InnerList,
  type Item,
  isInnerList,
  parseDictionary,
  parseItem,
  parseList,
  serializeDictionary,
  serializeInnerList,
  serializeItem,
  serializeList,
} from './structured.ts'

/** Parameters of a component that only others can check, and why. */
const OUT_OF_REACH: ReadonlyMap<string, string> = new Map([
  ['tr', 'trailers come after the request is checked (tr)'],
  ['req', 'req is for signatures of responses'],
])

/**
 * The value of a header in a signature base (RFC 9421 section 2.1).
 * @param parameters of the component.
 * @param host what stands for `Host` where the request has none, as over HTTP/2.
 * @throws {ComponentFault} when it is not there, or cannot be written as the parameters ask.
 */
export function fieldValue(
  headers: readonly string[],
  name: string,
  parameters: ReadonlyMap<string, BareItem>,
  parts: MessageParts,
  types: FieldTypes,
  host: string,
): string {
  const { key, sf, bs } = readParameters(parameters)
  const lines = linesOf(headers, name)
  if (lines.length === 0 && name === 'host') lines.push(host)
  if (lines.length === 0) throw new ComponentFault('a covered field is not in the request')
  if (bs) return lines.map(byteSequence).join(', ')
  const flat = lines.join(', ')
  if (key !== undefined) return dictionaryMember(parts.dictionary(flat), key)
  return sf ? canonical(flat, types.get(name)) : flat
}

interface FieldParameters {
  readonly key: string | undefined
  readonly sf: boolean
  readonly bs: boolean
}

function readParameters(parameters: ReadonlyMap<string, BareItem>): FieldParameters {
  for (const [name, value] of parameters) {
    const reason = OUT_OF_REACH.get(name)
    if (reason !== undefined) throw new ComponentFault(reason)
    const fits = name === 'key' ? typeof value === 'string' : value === true
    if (!fits || !['key', 'sf', 'bs'].includes(name))
      throw new ComponentFault('a field has a parameter other than key, sf and bs')
  }
  const key = parameters.get('key') as string | undefined
  const [sf, bs] = [parameters.has('sf'), parameters.has('bs')]
  // Section 2.1: the bytes of a field, and what they mean, are two things.
  if (bs && (sf || key !== undefined)) throw new ComponentFault('a field has bs together with sf or key')
  return { key, sf, bs }
}

/** Section 2.1.1. */
function canonical(value: string, type: FieldType | undefined): string {
  if (type === undefined)
    throw new ComponentFault(
      'a field with sf is not known as a structured field; name it in structuredFields',
    )
  try {
    if (type === 'dictionary') return serializeDictionary(parseDictionary(value))
    return type === 'list' ? serializeList(parseList(value)) : serializeItem(parseItem(value))
  } catch {
    throw new ComponentFault('a field with sf is not the structured field that it should be')
  }
}

/** Section 2.1.2. A dictionary writes a member that is true without its value; alone it has one. */
function dictionaryMember(
  dictionary: ReadonlyMap<string, Item | InnerList> | undefined,
  key: string,
): string {
  const member = dictionary?.get(key)
  if (!member) throw new ComponentFault('a covered member of a field is not in the request')
  return isInnerList(member) ? serializeInnerList(member) : serializeItem(member)
}

/** Section 2.1.3: every line for itself, so that no comma of a value is taken for one between lines. */
function byteSequence(line: string): string {
  return `:${Buffer.from(line, 'latin1').toString('base64')}:`
}

function linesOf(headers: readonly string[], name: string): string[] {
  return headers
    .filter((_, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === name)
    .map(trimBlanks)
}

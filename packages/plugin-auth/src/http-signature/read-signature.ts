import { getHeaderList } from '@postern/core'
import { type InnerList, isInnerList, type Parameters, parseDictionary } from './structured.ts'

/** One signature on a request, read without trust. */
export interface ReadSignature {
  /** Components and parameters. */
  readonly covered: InnerList
  readonly parameters: Parameters
  readonly signature: Uint8Array
}

/** More signatures than this are not looked at. */
const MAX_SIGNATURES = 8
/** Components of a signature: more than these nobody needs, and each is read before it is checked. */
const MAX_COMPONENTS = 64
/** Longest value of each of the two fields. */
const MAX_LENGTH = 8_192

/**
 * The signatures of a request (RFC 9421 section 4): `undefined` when it has none, `null` when the fields are not those of
 * a signed message.
 */
export function readSignatures(headers: readonly string[]): readonly ReadSignature[] | undefined | null {
  const inputs = getHeaderList(headers, 'signature-input')
  const signatures = getHeaderList(headers, 'signature')
  if (inputs === undefined && signatures === undefined) return undefined
  if (inputs === undefined || signatures === undefined) return null
  if (inputs.length > MAX_LENGTH || signatures.length > MAX_LENGTH) return null
  try {
    const values = parseDictionary(signatures)
    const read: ReadSignature[] = []
    for (const [label, covered] of parseDictionary(inputs)) {
      const value = values.get(label)?.[0]
      if (!isInnerList(covered) || covered[0].length > MAX_COMPONENTS || !(value instanceof ArrayBuffer))
        return null
      read.push({ covered, parameters: covered[1], signature: new Uint8Array(value) })
    }
    return read.length === values.size && read.length <= MAX_SIGNATURES ? read : null
  } catch {
    return null
  }
}

import { getHeader } from '@postern/core'

/** A type and subtype (RFC 6838 section 4.2), of a registered top-level type: a header may hold any text. */
const MEDIA_TYPE =
  /^(application|audio|example|font|haptics|image|message|model|multipart|text|video)\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/
/** What stands for a value that is no media type. */
const OTHER = 'other'
const MOST_KNOWN = 256
const known = new Map<string, string>()

/** The media type of a message without its parameters; `undefined` without a `content-type`. */
export function mediaType(headers: readonly string[]): string | undefined {
  const value = getHeader(headers, 'content-type')
  if (value === undefined) return undefined
  let type = known.get(value)
  if (type !== undefined) return type
  type = parse(value)
  // Multipart boundaries make every value another.
  if (known.size < MOST_KNOWN && value.length <= 128) known.set(value, type)
  return type
}

function parse(value: string): string {
  const semicolon = value.indexOf(';')
  const type = (semicolon === -1 ? value : value.slice(0, semicolon)).trim().toLowerCase()
  return MEDIA_TYPE.test(type) ? type : OTHER
}

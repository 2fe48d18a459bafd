/** Reads the subject alternative names of a certificate (RFC 5280 section 4.2.1.6). */
import type { X509Certificate } from 'node:crypto'

/** A name with its kind: Node writes one that holds separators or quotes as a JSON string, so that none can be forged. */
const NAME = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y

/** The names with their kind, such as `DNS:orders`; none at all when the list cannot be read to its end. */
export function alternativeNames({ subjectAltName: list = '' }: X509Certificate): string[] {
  const names: string[] = []
  NAME.lastIndex = 0
  while (NAME.lastIndex < list.length) {
    const [, kind, value = ''] = NAME.exec(list) ?? []
    // Going on behind what was not understood would let its author choose where the next name begins.
    if (kind === undefined) return []
    names.push(`${kind}:${value.startsWith('"') ? String(JSON.parse(value)) : value}`)
  }
  return names
}

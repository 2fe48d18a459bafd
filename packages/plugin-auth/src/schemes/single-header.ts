/**
 * The value of a header that may be there once: `undefined` without it, `null` for more than one. Two of them are never
 * joined or chosen from: the upstream might believe the other one.
 * @param name in lower case.
 */
export function readSingle(headers: readonly string[], name: string): string | undefined | null {
  let value: string | undefined
  for (let i = 0; i < headers.length; i += 2) {
    const given = headers[i] as string
    if (given.length !== name.length || given.toLowerCase() !== name) continue
    if (value !== undefined) return null
    value = headers[i + 1] as string
  }
  return value
}

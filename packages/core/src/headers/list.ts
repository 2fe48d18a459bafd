/**
 * Headers as they travel: flat `[name, value, name, value, …]` arrays, in wire order and wire case, duplicates kept.
 * Names compare without case (RFC 9110 section 5.1). Nothing here allocates unless it changes something.
 */

/** Whether two header names are the same; `lowerName` must be lower case. Length first: most comparisons end there. */
export function sameName(name: string, lowerName: string): boolean {
  return name.length === lowerName.length && (name === lowerName || name.toLowerCase() === lowerName)
}

/**
 * First value of a header, or `undefined`.
 * @param lowerName the name in lower case.
 */
export function getHeader(headers: readonly string[], lowerName: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    if (sameName(headers[i] as string, lowerName)) return headers[i + 1]
  }
  return undefined
}

/**
 * All values of a header joined by `, ` as one list (RFC 9110 section 5.3), or `undefined`. Not for `set-cookie`.
 * @param lowerName the name in lower case.
 */
export function getHeaderList(headers: readonly string[], lowerName: string): string | undefined {
  let list: string | undefined
  for (let i = 0; i < headers.length; i += 2) {
    if (!sameName(headers[i] as string, lowerName)) continue
    list = list === undefined ? headers[i + 1] : `${list}, ${headers[i + 1]}`
  }
  return list
}

/** Whether servers that write `-` as `_` (CGI, WSGI, Rack) take two names for the same: `X_User` and `x-user`. */
export function aliasOf(name: string, lowerName: string): boolean {
  if (name.length !== lowerName.length) return false
  return name === lowerName || name.toLowerCase().replaceAll('_', '-') === lowerName.replaceAll('_', '-')
}

/**
 * Removes every line of a header, in place.
 * @param lowerName the name in lower case.
 * @param same what counts as the same name.
 * @returns whether there was one.
 */
export function removeHeader(headers: string[], lowerName: string, same = sameName): boolean {
  let kept = 0
  for (let i = 0; i < headers.length; i += 2) {
    if (same(headers[i] as string, lowerName)) continue
    if (kept !== i) {
      headers[kept] = headers[i] as string
      headers[kept + 1] = headers[i + 1] as string
    }
    kept += 2
  }
  const removed = kept !== headers.length
  headers.length = kept
  return removed
}

/**
 * Sets a header to one value, in place: replaces the first line, removes the others, appends when there was none.
 * @param lowerName the name in lower case; it is also what is written when the header is new.
 */
export function setHeader(headers: string[], lowerName: string, value: string): void {
  for (let i = 0; i < headers.length; i += 2) {
    if (!sameName(headers[i] as string, lowerName)) continue
    headers[i + 1] = value
    for (let rest = headers.length - 2; rest > i; rest -= 2) {
      if (sameName(headers[rest] as string, lowerName)) headers.splice(rest, 2)
    }
    return
  }
  headers.push(lowerName, value)
}

/**
 * Adds a line after those that are there, in place.
 * @param lowerName the name in lower case.
 */
export function appendHeader(headers: string[], lowerName: string, value: string): void {
  headers.push(lowerName, value)
}

/**
 * Flattens what people like to write: an object, entries, or a flat array that is passed on as it is.
 * @param input `{ name: value | values }`, an iterable of pairs (also `Headers`), or a flat array.
 */
export function toFlatHeaders(
  input:
    | readonly string[]
    | Iterable<readonly [string, string]>
    | Readonly<Record<string, string | readonly string[] | number | undefined>>
    | null
    | undefined,
): string[] {
  const flat: string[] = []
  if (!input) return flat
  if (Symbol.iterator in input) {
    for (const item of input) {
      if (typeof item === 'string') flat.push(item)
      else flat.push(item[0], item[1])
    }
    return flat
  }
  for (const name in input) {
    const value = input[name]
    if (value === undefined) continue
    if (typeof value === 'object') for (const one of value) flat.push(name, one)
    else flat.push(name, String(value))
  }
  return flat
}

/** The opposite: an object with lower-case names, repeated ones as lists. */
export function toHeaderObject(flat: readonly string[]): Record<string, string | string[]> {
  // Without a prototype: `constructor` and `__proto__` are names that a header may have.
  const object: Record<string, string | string[]> = { __proto__: null } as never
  for (let i = 0; i < flat.length; i += 2) {
    const name = (flat[i] as string).toLowerCase()
    const value = flat[i + 1] as string
    const before = object[name]
    if (before === undefined) object[name] = value
    else if (typeof before === 'string') object[name] = [before, value]
    else before.push(value)
  }
  return object
}

/** Says which headers of an allow-list a message has, never what is in them. */
export type HeaderNames = (headers: readonly string[]) => string | undefined

/**
 * Makes the function that names headers, in the order of the list, comma separated.
 * @param allowed in lower case.
 */
export function headerNames(allowed: readonly string[]): HeaderNames {
  if (allowed.length === 0) return () => undefined
  const list = [...new Set(allowed)]
  const indexOf = new Map(list.map((name, index) => [name, index]))
  return (headers) => {
    const found = new Set<number>()
    for (let i = 0; i < headers.length; i += 2) {
      const index = indexOf.get((headers[i] as string).toLowerCase())
      if (index !== undefined) found.add(index)
    }
    return found.size === 0 ? undefined : list.filter((_, index) => found.has(index)).join(',')
  }
}

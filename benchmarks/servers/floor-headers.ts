/** Flat header lists (`[name, value, …]`) without what belongs to one connection only (RFC 9110, section 7.6.1). */

/** Bytes of a header as undici hands them over; Node's types leave this method out. */
type Bytes = Buffer & { latin1Slice(): string }

/** The end-to-end headers of a request as node:http gives them. */
export function endToEnd(raw: readonly string[], named: ReadonlySet<string> | null): string[] {
  const kept: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? ''
    if (!isHopByHop(name) && !named?.has(name.toLowerCase())) kept.push(name, raw[i + 1] ?? '')
  }
  return kept
}

/** The end-to-end headers of a response as undici gives them over HTTP/1.1: a flat list of buffers. */
export function endToEndOf(raw: unknown, named: ReadonlySet<string> | null): string[] {
  const kept: string[] = []
  const pairs = Array.isArray(raw) ? (raw as Bytes[]) : []
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = pairs[i]?.latin1Slice() ?? ''
    if (!isHopByHop(name) && !named?.has(name.toLowerCase()))
      kept.push(name, pairs[i + 1]?.latin1Slice() ?? '')
  }
  return kept
}

/** The headers that a `Connection` header names; null in the usual case of none. */
export function namedIn(connection: string | undefined): ReadonlySet<string> | null {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return null
  return new Set(
    connection
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  )
}

/** Compares only names of a length that a hop-by-hop header has. `Expect` is answered by node:http and refused by undici. */
function isHopByHop(name: string): boolean {
  switch (name.length) {
    case 2:
      return is(name, 'te')
    case 6:
      return is(name, 'expect')
    case 7:
      return is(name, 'trailer') || is(name, 'upgrade')
    case 10:
      return is(name, 'connection') || is(name, 'keep-alive')
    case 16:
      return is(name, 'proxy-connection')
    case 17:
      return is(name, 'transfer-encoding')
    case 18:
      return is(name, 'proxy-authenticate')
    case 19:
      return is(name, 'proxy-authorization')
    default:
      return false
  }
}

function is(name: string, lower: string): boolean {
  return name === lower || name.toLowerCase() === lower
}

/** Flat header lists (`[name, value, …]`) of HTTP/2, where pseudo-headers come first and names are in lower case. */

/** What a request says in its pseudo-headers. */
export interface RequestLine {
  method: string
  path: string
  authority: string
}

/**
 * Splits a request's list. `te` is the only header of the connection that HTTP/2 lets through (RFC 9113, section 8.2.2); node
 * refuses the others.
 */
export function splitRequest(raw: readonly string[]): { line: RequestLine; headers: string[] } {
  const line = { method: 'GET', path: '/', authority: '' }
  const headers: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const value = raw[i + 1] ?? ''
    if (name === ':method') line.method = value
    else if (name === ':path') line.path = value
    else if (name === ':authority') line.authority = value
    else if (!name.startsWith(':') && name !== 'te') headers.push(name, value)
  }
  return { line, headers }
}

/** A response list of HTTP/1.1 for HTTP/2. */
export function withStatus(status: number, headers: readonly string[]): string[] {
  const list = [':status', String(status)]
  for (let i = 0; i + 1 < headers.length; i += 2)
    list.push((headers[i] ?? '').toLowerCase(), headers[i + 1] ?? '')
  return list
}

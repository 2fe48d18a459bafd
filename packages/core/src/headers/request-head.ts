/**
 * One pass over a request's raw headers: what concerns this hop only is taken out (RFC 9110 section 7.6.1), what the
 * gateway itself needs is noted. It runs before any plugin, so that a client's `Connection: x-user` can never remove a
 * header that a plugin sets later.
 */
import { sameName } from './list.ts'

/** What the pass found. One object is reused for all requests: read it before the next pass. */
export class RequestHead {
  /** Headers for upstream and plugins; hop-by-hop, `host` and `expect` are not among them. */
  headers: string[] = []
  /** Bytes of all names and values as received. */
  bytes = 0
  /** Header lines as received. */
  lines = 0
  host: string | undefined
  hostLines = 0
  contentLength: string | undefined
  contentLengthLines = 0
  transferEncoding: string | undefined
  transferEncodingLines = 0
  /** All of its lines, as one list. */
  expect: string | undefined
  /** Whether any `via` line is there. */
  via = false
  /** Whether any `x-forwarded-*` or `forwarded` line is there. */
  forwarded = false

  /** Reads raw headers; the result is this object. */
  scan(raw: readonly string[]): void {
    const headers: string[] = []
    this.lines = raw.length / 2
    this.bytes = this.hostLines = this.contentLengthLines = this.transferEncodingLines = 0
    this.host = this.contentLength = this.transferEncoding = this.expect = undefined
    this.via = this.forwarded = false
    let connection: string | undefined

    for (let i = 0; i < raw.length; i += 2) {
      const name = raw[i] as string
      const value = raw[i + 1] as string
      this.bytes += name.length + value.length
      switch (name.length) {
        case 2:
          if (sameName(name, 'te')) continue
          break
        case 3:
          if (sameName(name, 'via')) this.via = true
          break
        case 4:
          if (!sameName(name, 'host')) break
          this.host = value
          this.hostLines++
          continue
        case 6:
          if (!sameName(name, 'expect')) break
          this.expect = this.expect === undefined ? value : `${this.expect},${value}`
          continue
        case 7:
          // What an exchange may switch to is decided before: nothing of it goes on by itself.
          if (sameName(name, 'upgrade') || sameName(name, 'trailer')) continue
          break
        case 9:
          if (sameName(name, 'forwarded')) this.forwarded = true
          break
        case 10:
          if (sameName(name, 'connection')) {
            connection = connection === undefined ? value : `${connection},${value}`
            continue
          }
          if (sameName(name, 'keep-alive')) continue
          break
        case 14:
          if (sameName(name, 'http2-settings')) continue
          if (sameName(name, 'content-length')) {
            this.contentLength = value
            this.contentLengthLines++
          }
          break
        case 16:
          if (sameName(name, 'proxy-connection')) continue
          break
        case 17:
          if (!sameName(name, 'transfer-encoding')) break
          this.transferEncoding = value
          this.transferEncodingLines++
          continue
        case 18:
          if (sameName(name, 'proxy-authenticate')) continue
          break
        case 19:
          if (sameName(name, 'proxy-authorization')) continue
          break
      }
      if (name.length > 12 && (name.charCodeAt(0) | 0x20) === 0x78 && isForwarded(name)) this.forwarded = true
      headers.push(name, value)
    }
    this.headers = connection === undefined ? headers : withoutNominated(headers, connection)
  }

  /** Length of the body as `content-length` announces it: -1 without one, NaN where it is not one number. */
  announcedLength(): number {
    if (this.contentLength === undefined) return -1
    return this.contentLengthLines === 1 && /^\d{1,16}$/.test(this.contentLength)
      ? Number(this.contentLength)
      : Number.NaN
  }
}

/** Whether a name starts with `x-forwarded-`, or with what some servers take for it. */
export function isForwarded(name: string): boolean {
  return /^x[-_]forwarded[-_]/i.test(name)
}

/** Removes the headers that a `Connection` value names. The usual values name none. */
export function withoutNominated(headers: string[], connection: string): string[] {
  const value = connection.toLowerCase()
  if (value === 'keep-alive' || value === 'close') return headers
  const nominated = new Set(value.split(',').map((token) => token.trim()))
  // The framing of the body is not the client's to remove (RFC 9110 section 7.6.1: not meant for all recipients).
  nominated.delete('content-length')
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    if (!nominated.has((headers[i] as string).toLowerCase()))
      kept.push(headers[i] as string, headers[i + 1] as string)
  }
  return kept
}

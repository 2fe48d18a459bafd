/** What the admin listener answers with, before it is written. */

/** An answer. */
export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Data as JSON, for people too. */
export function json(status: number, data: unknown): Answer {
  return { status, contentType: 'application/json', body: `${JSON.stringify(data, null, 2)}\n` }
}

/** A text. */
export function plain(contentType: string, body: string): Answer {
  return { status: 200, contentType, body }
}

/** A problem document (RFC 9457). */
export function problem(
  status: number,
  title: string,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const body = `${JSON.stringify({ type: 'about:blank', title, status, detail }, null, 2)}\n`
  return { status, contentType: 'application/problem+json', body, headers }
}

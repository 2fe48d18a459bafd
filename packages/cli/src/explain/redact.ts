/** Which values of headers and queries may be shown. What is not known to be harmless is not. */

/** Stands for a value. */
export const HIDDEN = '‹…›'

/** Headers whose values say nothing that is secret, whoever wrote them. */
const HARMLESS: ReadonlySet<string> = new Set([
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'baggage',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'forwarded',
  'host',
  'max-forwards',
  'origin',
  'priority',
  'range',
  'te',
  'traceparent',
  'tracestate',
  'transfer-encoding',
  'user-agent',
  'via',
  'x-b3-parentspanid',
  'x-b3-sampled',
  'x-b3-spanid',
  'x-b3-traceid',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-proto',
  'x-request-id',
])

/** Names of what proves who somebody is. */
const SECRET = /auth|cookie|key|token|secret|signature|assertion|passw|credential|session|jwt|cert|code|sig$/i

/** Shows a header of an upstream request, knowing what the client sent. */
export function headerShower(given: readonly string[]): (name: string, value: string) => string {
  const sent = new Set<string>()
  for (let at = 0; at < given.length; at += 2)
    sent.add(`${String(given[at]).toLowerCase()}: ${given[at + 1]}`)
  return (name, value) => {
    const lower = name.toLowerCase()
    if (HARMLESS.has(lower)) return value
    // What the command line gave is known to whoever reads it; what the configuration puts in may be a secret.
    return !SECRET.test(lower) && sent.has(`${lower}: ${value}`) ? value : HIDDEN
  }
}

/** The query, with the values that were not given, or prove who somebody is, left out. */
export function shownQuery(query: string, given: string): string {
  const sent = new Set(given.replace(/^\?/, '').split('&'))
  const parts = query
    .replace(/^\?/, '')
    .split('&')
    .map((part) => {
      const at = part.indexOf('=')
      if (at === -1) return sent.has(part) ? part : HIDDEN
      const name = part.slice(0, at)
      return sent.has(part) && !SECRET.test(name) ? part : `${name}=${HIDDEN}`
    })
  return query === '' || query === '?' ? query : `?${parts.join('&')}`
}

/** What options may say of headers. */

/** Headers, lower case, that concern one connection (RFC 9110 section 7.6.1): no exchange has them, and none is passed on. */
export const OF_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Printable ASCII without blanks around it (RFC 9110 section 5.5). */
export const HEADER_VALUE = /^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/

/** What a value has to be, for errors. */
export const HEADER_VALUE_NEEDED = 'printable ASCII without blanks around it (RFC 9110 section 5.5)'

/** The host that a request is for: one value for routes, guards and `X-Forwarded-Host`. */

/**
 * A reg-name, IPv4 or bracketed IPv6 with an optional port (RFC 3986 section 3.2.2), no user part. And no comma, which
 * no host has, and which makes two of one for whoever reads `X-Forwarded-Host`.
 */
const AUTHORITY = /^(?:[0-9A-Za-z_~!$&'()*+;=.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/

/** The last value that was found valid. */
let lastValid = 'localhost'

/** Whether a Host value can be used as it is. */
export function isAuthority(value: string): boolean {
  // Most requests of a connection, and of a fleet, ask for one host: comparing is cheaper than parsing again.
  if (value === lastValid) return true
  if (!AUTHORITY.test(value)) return false
  lastValid = value
  return true
}

/**
 * An absolute-form target (RFC 9112 section 3.2.2), taken apart; `undefined` when it is not one of http or https. One without
 * path and query is for the server itself when it comes with OPTIONS (section 3.2.4).
 */
export function readAbsoluteForm(
  target: string,
  method: string,
): { authority: string; path: string } | undefined {
  const match = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target)
  if (!match) return undefined
  const rest = match[2] as string
  const path = rest === '' && method === 'OPTIONS' ? '*' : rest.startsWith('/') ? rest : `/${rest}`
  return { authority: match[1] as string, path }
}

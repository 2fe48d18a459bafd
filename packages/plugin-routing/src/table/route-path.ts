/** Paths as options write them, brought to the form in which the gateway hands over the paths of requests. */

/** What a path may hold once it was normalised; `%` only before two hex digits. */
const PATH = /^\/(?:[!$&-;=@A-Z[\]_a-z~]|%[0-9A-Fa-f]{2})*$/
const UNRESERVED = /^[A-Za-z0-9\-._~]$/

/**
 * Normalises a path of a route as requests are normalised (RFC 3986 section 6.2.2): `%41` is `A`, `%c3` is
 * `%C3`.
 * @returns the path, or what is wrong with it, in words.
 */
export function parseRoutePath(given: string): { readonly path: string } | { readonly problem: string } {
  if (!given.startsWith('/')) return { problem: 'it does not start with "/"' }
  if (/[?#]/.test(given)) return { problem: 'it has a query or a fragment, which no path contains' }
  if (!PATH.test(given))
    return { problem: 'it has characters that must be percent-encoded (RFC 3986 section 3.3)' }
  const path = given.replace(/%[0-9A-Fa-f]{2}/g, normalizeTriplet)
  if (/%(?:[01][0-9A-F]|7F)/.test(path)) return { problem: 'it has an encoded control character' }
  const segments = path.split('/').slice(1)
  if (segments.includes('.') || segments.includes('..')) return { problem: 'it has "." or ".." as a segment' }
  if (segments.slice(0, -1).includes('')) return { problem: 'it has an empty segment ("//")' }
  return { path }
}

/** A prefix without the slash at its end, which means nothing in a prefix: `/orders/` is `/orders`. */
export function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

function normalizeTriplet(triplet: string): string {
  const character = String.fromCharCode(Number.parseInt(triplet.slice(1), 16))
  return UNRESERVED.test(character) ? character : triplet.toUpperCase()
}

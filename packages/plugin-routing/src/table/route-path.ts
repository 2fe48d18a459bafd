/** Paths as options write them, brought to the form in which the gateway hands over the paths of requests. */
import { isGatewayError, normalisePath } from '@postern/core'

/**
 * Normalises a path of a route as requests are normalised. What a team may allow by an option of the gateway (an encoded
 * slash) is allowed here: then it can match.
 * @returns the path, or what is wrong with it, in words.
 */
export function parseRoutePath(given: string): { readonly path: string } | { readonly problem: string } {
  if (/[?#]/.test(given)) return { problem: 'it has a query or a fragment, which no path contains' }
  try {
    return { path: normalisePath(given, { encodedSlash: 'keep' }) }
  } catch (error) {
    if (!isGatewayError(error)) throw error
    return { problem: error.message }
  }
}

/** A prefix without the slash at its end, which means nothing in a prefix: `/orders/` is `/orders`. */
export function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

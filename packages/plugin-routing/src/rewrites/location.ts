import { oneSlashFirst } from './path-rewrite.ts'
import type { UpstreamView } from './upstream-view.ts'

/**
 * A reference of the upstream's as the client can follow it. What points to the upstream becomes a path: it resolves
 * against what the client asked for (RFC 9110 section 10.2.2), whatever scheme and port a proxy before this gateway shows, and
 * no host that a client claims can end up in a cached redirect. What points elsewhere, or is relative, stays.
 * @param clientAuthority what the client asked for.
 */
export function mapLocation(value: string, view: UpstreamView, clientAuthority: string): string {
  const { prefixes } = view
  if (prefixes === null) return value
  const isPath = /^\/(?![/\\])/.test(value)
  if (!isPath && !ABSOLUTE.test(value)) return value
  if (isPath && prefixes.client === prefixes.upstream) return value
  const url = URL.parse(value, 'http://upstream')
  if (!url) return value
  const upstream = isPath ? prefixes.upstream : view.prefixAt(url)
  if (upstream === undefined) return value
  // The client's own address, and the same path there: nothing to hide, nothing to mend.
  if (!isPath && upstream === prefixes.client && url.host === clientAuthority.toLowerCase()) return value
  if (!isBelow(url.pathname, upstream)) return value
  return `${oneSlashFirst(prefixes.client + url.pathname.slice(upstream.length))}${url.search}${url.hash}`
}

/** With a scheme, or with an authority: a backslash is a slash to browsers (URL standard, special schemes). */
const ABSOLUTE = /^(?:https?:|[/\\]{2})/i

/** Whether a path is a prefix or goes on from it, by whole segments. */
export function isBelow(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/')
}

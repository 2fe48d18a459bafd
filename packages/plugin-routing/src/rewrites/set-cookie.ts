import { hostName } from '../table/match-host.ts'
import { isBelow } from './location.ts'
import type { UpstreamView } from './upstream-view.ts'

/**
 * A `Set-Cookie` of the upstream's as the client can keep it: a client drops cookies for domains that are not its own, and
 * sends none to paths that they do not cover (RFC 6265 sections 5.3 and 5.4). Attributes that need no change stay as they are.
 * @param clientAuthority what the client asked for.
 */
export function mapSetCookie(line: string, view: UpstreamView, clientAuthority: string): string {
  const [pair = '', ...attributes] = line.split(';')
  if (attributes.length === 0) return line
  // Its name promises the path `/` to whoever reads it, and browsers hold it to that (RFC 6265bis section 4.1.3.2).
  const isBoundToRoot = /^\s*__Host-/i.test(pair)
  const mapped: string[] = [pair]
  let changed = false
  for (const attribute of attributes) {
    const equals = attribute.indexOf('=')
    const name = attribute.slice(0, Math.max(0, equals)).trim().toLowerCase()
    const value = attribute.slice(equals + 1).trim()
    let kept: string | undefined = attribute
    if (name === 'path' && !isBoundToRoot) kept = mapPath(attribute, value, view)
    else if (name === 'domain') kept = isUpstreams(value, view, clientAuthority) ? undefined : attribute
    if (kept !== attribute) changed = true
    if (kept !== undefined) mapped.push(kept)
  }
  return changed ? mapped.join(';') : line
}

function mapPath(attribute: string, path: string, { prefixes }: UpstreamView): string {
  if (prefixes === null || prefixes.client === prefixes.upstream || !path.startsWith('/')) return attribute
  const { client, upstream } = prefixes
  // Where the gateway lets them pass, a client's path may hold what ends an attribute.
  if (client.includes(';')) return attribute
  // It covers all of the upstream that this route shows.
  if (isBelow(upstream === '' ? '/' : upstream, path === '/' ? '' : path.replace(/\/$/, '')))
    return ` Path=${client === '' ? '/' : client}`
  return isBelow(path, upstream) ? ` Path=${client}${path.slice(upstream.length)}` : attribute
}

/** Whether a domain is the upstream's and not one that covers the client's address, too. */
function isUpstreams(given: string, view: UpstreamView, clientAuthority: string): boolean {
  const domain = given.replace(/^\./, '').toLowerCase()
  if (domain === '' || covers(domain, hostName(clientAuthority))) return false
  return view.hostNames.some((host) => covers(domain, host))
}

/** RFC 6265 section 5.1.3, but that addresses are told from names by their owner. */
function covers(domain: string, host: string): boolean {
  return host === domain || host.endsWith(`.${domain}`)
}

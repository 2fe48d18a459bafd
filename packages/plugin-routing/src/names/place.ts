import { invalidOption } from '../problems.ts'
import type { Match } from '../table/match.ts'
import { hostName, parseHostPattern } from '../table/match-host.ts'
import { parsePrefix, pathText } from '../table/route-path.ts'

/** A host, a path prefix, or both: where callers send requests to. */
export interface Place {
  /** In lower case; `undefined`: any. */
  readonly host: string | undefined
  /** Of the prefix, normalised; none for any path. */
  readonly segments: readonly string[]
}

/**
 * Reads a place: `order-svc`, `/legacy/orders`, `shop/stock`. A port is left out, as it is of requests.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on a host or a path that no request has.
 */
export function readPlace(given: string, at: readonly PropertyKey[]): Place {
  const slash = given.indexOf('/')
  const hostText = slash === -1 ? given : given.slice(0, slash)
  const host = hostText === '' ? undefined : hostName(hostText)
  const path = parsePrefix(slash === -1 ? '/' : given.slice(slash))
  const isHost = host === undefined || parseHostPattern(host)?.kind === 'exact'
  if (isHost && 'segments' in path) return { host, segments: path.segments as readonly string[] }
  const problem = 'problem' in path ? ` (${path.problem})` : ''
  throw invalidOption(
    at,
    `${JSON.stringify(given)}${problem}`,
    'a host, a path prefix or both, such as "order-svc", "/legacy/orders" or "shop/stock"',
  )
}

/** A place in its one spelling. */
export function placeText({ host = '', segments }: Place): string {
  const path = pathText(segments)
  return host === '' && path === '' ? '/' : `${host}${path}`
}

/** The place at and below which a route stands; `undefined` for a suffix of hosts. */
export function placeOfMatch({ host, path }: Match): Place | undefined {
  if (host?.kind === 'suffix') return undefined
  const end = path.segments.indexOf(null)
  const segments = path.segments.slice(0, end === -1 ? undefined : end) as string[]
  return { host: host?.name, segments: segments.at(-1) === '' ? segments.slice(0, -1) : segments }
}

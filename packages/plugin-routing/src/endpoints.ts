/** Endpoints as they were given, checked and in one form. */
import { formatPath } from '@postern/core'
import * as v from 'valibot'
import type { DiscoveredEndpoint } from './discovery/discovery.ts'
import { discoveredEndpointSchema, type ServiceEndpoint } from './options/service-options.ts'
import { invalidOption } from './problems.ts'

/** The most endpoints that a service may be found to have. */
const MAX_DISCOVERED = 10_000

/** An endpoint, checked. */
export interface ReadEndpoint extends DiscoveredEndpoint {
  /** What tells it from the others, in one spelling: the URL may be the same for several sockets or addresses. */
  readonly key: string
}

/**
 * The endpoints of a service's options in one form, each checked.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on an address that cannot be one, or is there twice.
 */
export function readEndpoints(
  given: readonly (string | ServiceEndpoint)[],
  at: readonly PropertyKey[],
): ReadEndpoint[] {
  const seen = new Map<string, number>()
  return given.map((one, index) => {
    const endpoint = readEndpoint(one, [...at, index])
    const earlier = seen.get(endpoint.key)
    // A repeated address would make "another endpoint" after a failed connect the one that just failed.
    if (earlier !== undefined) {
      throw invalidOption([...at, index], `the address of endpoints[${earlier}] again`, 'each address once')
    }
    seen.set(endpoint.key, index)
    return endpoint
  })
}

/**
 * Endpoints that were found: checked, each once, in an order that depends on nothing but themselves. A registry gives them
 * in another order each time.
 * @throws {Error} that says what cannot be an endpoint.
 */
export function readDiscovered(given: unknown): ReadEndpoint[] {
  if (!Array.isArray(given)) throw new Error('It is not a list')
  if (given.length === 0) throw new Error('The list is empty')
  if (given.length > MAX_DISCOVERED) throw new Error(`The list is longer than ${MAX_DISCOVERED}`)
  const result = v.safeParse(discoveredEndpointSchema, given)
  if (!result.success) {
    const [issue] = result.issues
    throw new Error(
      `${formatPath((issue.path ?? []).map(({ key }) => key as PropertyKey))}: ${issue.message}`,
    )
  }
  const byKey = new Map<string, ReadEndpoint>()
  for (const [index, one] of result.output.entries()) {
    const endpoint = readEndpoint(one, [index])
    if (!byKey.has(endpoint.key)) byKey.set(endpoint.key, endpoint)
  }
  return [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
}

/**
 * Parts those that get traffic from those that are drained; all get some, with equal weights, when every one is drained. The
 * gateway does not get to know a drained address, so that it is new, and starts slowly, when its weight comes back.
 */
export function partDrained(endpoints: readonly ReadEndpoint[]): {
  readonly used: readonly ReadEndpoint[]
  readonly drained: readonly ReadEndpoint[]
} {
  const used = endpoints.filter(({ weight }) => weight !== 0)
  if (used.length === 0) return { used: endpoints.map((one) => ({ ...one, weight: 1 })), drained: [] }
  return { used, drained: endpoints.filter(({ weight }) => weight === 0) }
}

function readEndpoint(given: string | DiscoveredEndpoint, at: readonly PropertyKey[]): ReadEndpoint {
  const endpoint = typeof given === 'string' ? { url: given } : given
  const { url, socketPath = '', address = '' } = endpoint
  const key = `${checkedHref(url, at)} ${socketPath}`
  return { ...endpoint, key: address === '' ? key : `${key} ${address}` }
}

/** Checks an address. What may hold a password is not repeated in the error. */
function checkedHref(url: string, at: readonly PropertyKey[]): string {
  const needed = 'http:// or https:// with host, port and at most a base path'
  const parsed = URL.parse(url)
  if (!parsed) throw invalidOption(at, 'text that is not a URL', needed)
  if (parsed.username !== '' || parsed.password !== '')
    throw invalidOption(at, 'credentials in the address', needed)
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')
    throw invalidOption(at, `${parsed.protocol}//`, needed)
  if (/[?#]/.test(url)) throw invalidOption(at, 'a query or fragment in the address', needed)
  return parsed.href
}

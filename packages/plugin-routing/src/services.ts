import { type Endpoint, type PluginHost, suggestKey } from '@postern/core'
import type { RoutingOptions } from './options.ts'
import { invalidOption } from './problems.ts'

/** A service as the plugin runs it. */
export interface Service {
  /** Its logical name. */
  readonly name: string
  /** Its addresses, in the order of the options; at least one, each once. */
  readonly endpoints: readonly [Endpoint, ...Endpoint[]]
}

/**
 * Defines the endpoints of every service.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on an address that cannot be one.
 */
export function defineServices(
  gateway: Pick<PluginHost, 'endpoint'>,
  options: RoutingOptions['services'],
): ReadonlyMap<string, Service> {
  const services = new Map<string, Service>()
  for (const [name, { endpoints, protocol, tls }] of Object.entries(options)) {
    const at = ['services', name, 'endpoints']
    const seen = new Map<string, number>()
    const defined = endpoints.map((given, index) => {
      const { url, ...own } = typeof given === 'string' ? { url: given } : given
      const href = `${checkedHref(url, [...at, index])} ${own.socketPath ?? ''}`
      const earlier = seen.get(href)
      // A repeated address would make "another endpoint" after a failed connect the one that just failed.
      if (earlier !== undefined) {
        throw invalidOption([...at, index], `the address of endpoints[${earlier}] again`, 'each address once')
      }
      seen.set(href, index)
      return gateway.endpoint(url, {
        service: name,
        protocol,
        tls: url.startsWith('https:') ? tls : undefined,
        ...own,
      })
    })
    const [first, ...others] = defined
    if (!first) throw invalidOption(at, 'an empty list', 'at least one address')
    services.set(name, { name, endpoints: [first, ...others] })
  }
  return services
}

/**
 * The service that a route leads to.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID when no service has the name, with the closest name that
 * one has.
 */
export function serviceFor(
  services: ReadonlyMap<string, Service>,
  name: string,
  at: readonly PropertyKey[],
): Service {
  const service = services.get(name)
  if (service) return service
  const known = [...services.keys()]
  const meant = suggestKey(name, known)
  const hint =
    meant === undefined ? `services: ${known.join(', ') || 'none'}` : `did you mean ${JSON.stringify(meant)}?`
  throw invalidOption(
    at,
    `${JSON.stringify(name)}, which is not in services`,
    `the name of a service (${hint})`,
  )
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

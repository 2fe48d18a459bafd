import { type PluginHost, suggestKey } from '@postern/core'
import { Member } from './balancing/member.ts'
import { Health } from './health/health.ts'
import { ServiceHealth } from './health/service-health.ts'
import type { RoutingOptions } from './options/routing-options.ts'
import type { ServiceEndpoint, ServiceOptions } from './options/service-options.ts'
import { invalidOption } from './problems.ts'
import { Service } from './service.ts'

/** Default of `ServiceOptions.ejectMs`. */
const DEFAULT_EJECT_MS = 10_000

/**
 * Defines the endpoints of every service.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on an address that cannot be one.
 */
export function defineServices(
  gateway: Pick<PluginHost, 'endpoint' | 'keep' | 'logger'>,
  options: RoutingOptions,
): ReadonlyMap<string, Service> {
  const services = new Map<string, Service>()
  for (const [name, service] of Object.entries(options.services)) {
    const at = ['services', name, 'endpoints']
    const members = withTraffic(readEndpoints(service, at)).map(({ address, url, weight, zone, ...own }) => {
      const tls = url.startsWith('https:') ? service.tls : undefined
      const endpoint = gateway.endpoint(url, { service: name, protocol: service.protocol, tls, ...own })
      return new Member(endpoint, address, weight ?? 1, zone)
    })
    if (members.length === 0) throw invalidOption(at, 'an empty list', 'at least one address')
    services.set(
      name,
      new Service(
        name,
        members,
        { balance: service.balance ?? 'p2c', slowStartMs: service.slowStartMs ?? 0, zone: options.zone },
        healthOf(gateway, name, service),
      ),
    )
  }
  return services
}

function healthOf(
  gateway: Pick<PluginHost, 'keep' | 'logger'>,
  service: string,
  { health = {}, ejectMs = DEFAULT_EJECT_MS }: ServiceOptions,
): Health {
  return new Health(health, {
    service,
    ejectMs,
    kept: gateway.keep(`health ${service}`, () => new ServiceHealth()),
    logger: gateway.logger,
    nowMs: () => performance.now(),
  })
}

/** An endpoint of the options, checked. */
interface ReadEndpoint extends ServiceEndpoint {
  /** What tells it from the others, in one spelling: the URL may be the same for several unix sockets. */
  readonly address: string
}

/** The endpoints of a service in one form, each checked. */
function readEndpoints({ endpoints }: ServiceOptions, at: readonly PropertyKey[]): ReadEndpoint[] {
  const seen = new Map<string, number>()
  return endpoints.map((given, index) => {
    const endpoint = typeof given === 'string' ? { url: given } : given
    const address = `${checkedHref(endpoint.url, [...at, index])} ${endpoint.socketPath ?? ''}`
    const earlier = seen.get(address)
    // A repeated address would make "another endpoint" after a failed connect the one that just failed.
    if (earlier !== undefined) {
      throw invalidOption([...at, index], `the address of endpoints[${earlier}] again`, 'each address once')
    }
    seen.set(address, index)
    return { ...endpoint, address }
  })
}

/**
 * Those that are not drained; all, with equal weights, when every one is. The gateway does not get to know a drained
 * address, so that it is new, and starts slowly, when its weight comes back.
 */
function withTraffic(endpoints: readonly ReadEndpoint[]): ReadEndpoint[] {
  const undrained = endpoints.filter(({ weight }) => weight !== 0)
  return undrained.length > 0 ? undrained : endpoints.map((endpoint) => ({ ...endpoint, weight: 1 }))
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

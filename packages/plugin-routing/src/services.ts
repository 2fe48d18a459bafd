import { suggestKey } from '@postern/core'
import type { BalancerSettings } from './balancing/balancer.ts'
import { Following, type ServiceHost } from './discovery/following.ts'
import { Draining } from './draining.ts'
import { readEndpoints } from './endpoints.ts'
import { Health } from './health/health.ts'
import { ServiceHealth } from './health/service-health.ts'
import { Members } from './members.ts'
import type { RoutingOptions } from './options/routing-options.ts'
import type { ServiceOptions } from './options/service-options.ts'
import { invalidOption } from './problems.ts'
import { NO_ADDRESSES, Service } from './service.ts'

/** Default of `ServiceOptions.ejectMs`. */
const DEFAULT_EJECT_MS = 10_000

/**
 * Defines every service. Those whose endpoints are found have none until `follow` is called.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on an address that cannot be one.
 */
export function defineServices(gateway: ServiceHost, options: RoutingOptions): ReadonlyMap<string, Service> {
  const services = new Map<string, Service>()
  for (const [name, service] of Object.entries(options.services)) {
    const balancing: BalancerSettings = {
      balance: service.balance ?? 'p2c',
      slowStartMs: service.slowStartMs ?? 0,
      zone: options.zone,
    }
    services.set(name, defineService(gateway, name, service, balancing))
  }
  return services
}

function defineService(
  gateway: ServiceHost,
  name: string,
  options: ServiceOptions,
  balancing: BalancerSettings,
): Service {
  const at = ['services', name]
  const { endpoints, discovery } = options
  if (options.inProcess) refuseBeside(options, at)
  const members = new Members(gateway, name, options)
  const health = healthOf(gateway, name, options, balancing.zone)
  const kept = { health, draining: gateway.keep(`draining ${name}`, () => new Draining()) }
  if (options.inProcess) return new Service(name, NO_ADDRESSES, balancing, kept)
  if (discovery !== undefined) {
    if (endpoints !== undefined) throw invalidOption(at, 'both endpoints and discovery', 'one of the two')
    return new Service(name, NO_ADDRESSES, balancing, kept, new Following(gateway, name, discovery, members))
  }
  if (endpoints === undefined)
    throw invalidOption(
      at,
      'neither endpoints nor discovery',
      'endpoints: ["http://host:port"], discovery, or inProcess: true',
    )
  const read = readEndpoints(endpoints, [...at, 'endpoints'])
  if (read.length === 0) throw invalidOption([...at, 'endpoints'], 'an empty list', 'at least one address')
  let first = NO_ADDRESSES
  members.update(read, (made) => {
    first = made
  })
  return new Service(name, first, balancing, kept)
}

/** What may be said of a service that has no address. */
const WITHOUT_ADDRESS: ReadonlySet<string> = new Set(['inProcess', 'owner', 'aliases'])

/** Nothing would ever act on the other options, and whoever wrote them thinks that something does. */
function refuseBeside(options: ServiceOptions, at: readonly PropertyKey[]): void {
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || WITHOUT_ADDRESS.has(key)) continue
    const needed = 'nothing but owner and aliases beside inProcess, which has no address'
    throw invalidOption([...at, key], `${key} of a service with inProcess`, needed)
  }
}

function healthOf(
  gateway: ServiceHost,
  service: string,
  { health = {}, ejectMs = DEFAULT_EJECT_MS }: ServiceOptions,
  zone: string | undefined,
): Health {
  return new Health(health, {
    service,
    zone,
    ejectMs,
    kept: gateway.keep(`health ${service}`, () => new ServiceHealth()),
    logger: gateway.logger,
    nowMs: () => performance.now(),
    request: gateway.request,
  })
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

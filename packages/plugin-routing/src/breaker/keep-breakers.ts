import type { PluginHost } from '@postern/core'
import type { BreakerOptions } from '../options/breaker-options.ts'
import type { ServiceOptions } from '../options/service-options.ts'
import { Breaker } from './breaker.ts'

type BreakerHost = Pick<PluginHost, 'keep' | 'logger'>

/**
 * The breakers of all services that have one, for all routes that lead there. A reload keeps their state: in an outage, one
 * that is closed again sends everything to a service that is down.
 */
export function keepServiceBreakers(
  gateway: BreakerHost,
  services: Readonly<Record<string, ServiceOptions>>,
): ReadonlyMap<string, Breaker> {
  const breakers = new Map<string, Breaker>()
  for (const [name, { breaker }] of Object.entries(services))
    if (breaker) breakers.set(name, keepBreaker(gateway, 'service', name, breaker))
  return breakers
}

/** The breaker of a route, kept by its id. */
export function keepRouteBreaker(gateway: BreakerHost, id: string, options: BreakerOptions): Breaker {
  return keepBreaker(gateway, 'route', id, options)
}

function keepBreaker(
  gateway: BreakerHost,
  kind: 'service' | 'route',
  name: string,
  options: BreakerOptions,
): Breaker {
  const breaker = gateway.keep(
    `breaker ${kind} ${name}`,
    () => new Breaker(`${kind} ${JSON.stringify(name)}`),
  )
  breaker.configure(options, gateway.logger)
  return breaker
}

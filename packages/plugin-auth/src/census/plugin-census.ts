import type { AuthRouteOptions, ResolvedAuthOptions } from '../options.ts'
import { CredentialReader } from './credentials-seen.ts'
import type { Accepted } from './foresee.ts'
import { RouteCensus } from './route-census.ts'

/** The census as one generation of the plugin fills it. */
export interface PluginCensus {
  /** What tells it of the requests of a route. */
  route(id: string, options: AuthRouteOptions, accepted: Accepted): RouteCensus
  /** The generation is over. */
  detach(): void
}

/** Fills the census of these options; `undefined` where they have none. */
export function pluginCensus({ apiKeys, census, jwt }: ResolvedAuthOptions): PluginCensus | undefined {
  if (!census) return undefined
  const reader = new CredentialReader([...census.apiKeyHeaders, ...(apiKeys ? [apiKeys.header] : [])])
  const routes = new Map<string, AuthRouteOptions>()
  const detach = census.attach({ jwt, routes })
  return {
    route(id, options, accepted) {
      routes.set(id, options)
      return new RouteCensus(census, reader, id, accepted)
    },
    detach,
  }
}

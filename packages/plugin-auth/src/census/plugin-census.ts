import type { PluginHost, PluginView } from '@postern/core'
import type { AuthRouteOptions, ResolvedAuthOptions } from '../options.ts'
import { type AuthCensus, authCensus } from './auth-census.ts'
import { CredentialReader } from './credentials-seen.ts'
import type { Accepted } from './foresee.ts'
import { type CensusSizeOptions, isCensus } from './options.ts'
import { RouteCensus } from './route-census.ts'

/** The census as one generation of the plugin fills it. */
export interface PluginCensus {
  /** What tells it of the requests of a route. */
  route(id: string, options: AuthRouteOptions, accepted: Accepted): RouteCensus
  /** What operators see of it: report and rows, or with `?draft` a policy; with `&callers` for callers that were seen alone. */
  readonly view: PluginView
  /** The generation is over. */
  detach(): void
}

/** Fills the census of these options; `undefined` where they want none. */
export function pluginCensus(
  gateway: Pick<PluginHost, 'keep'>,
  { apiKeys, census: given = {}, jwt }: ResolvedAuthOptions,
): PluginCensus | undefined {
  if (given === false) return undefined
  const census = isCensus(given) ? given : keepCensus(gateway, given)
  const reader = new CredentialReader([...census.apiKeyHeaders, ...(apiKeys ? [apiKeys.header] : [])])
  const routes = new Map<string, AuthRouteOptions>()
  const detach = census.attach({ jwt, routes })
  return {
    route(id, options, accepted) {
      routes.set(id, options)
      return new RouteCensus(census, reader, id, accepted)
    },
    view: {
      read(query) {
        if (!query.has('draft')) return { report: census.report(), rows: census.census() }
        return census.draftPolicy({ callers: query.has('callers') })
      },
    },
    detach,
  }
}

/** That of the generation before, unless its size changed. */
function keepCensus(gateway: Pick<PluginHost, 'keep'>, options: CensusSizeOptions): AuthCensus {
  const { maxRows, apiKeyHeaders } = options
  const name = `census ${JSON.stringify([maxRows, apiKeyHeaders])}`
  return gateway.keep(name, () => ({ census: authCensus(options), close() {} })).census
}

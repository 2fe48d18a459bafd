import type { PluginView } from '@postern/core'
import type { RoutePolicyDescription } from '../policy/describe-policy.ts'

/**
 * What the routes ask of their callers: all, or the one in `?route=`.
 * @param policies by id of the route. Each is described when it is read: most are never.
 */
export function policyView(policies: ReadonlyMap<string, () => RoutePolicyDescription>): PluginView {
  return {
    read(query) {
      const route = query.get('route')
      return route === null ? [...policies.values()].map((describe) => describe()) : policies.get(route)?.()
    },
  }
}

import type { PluginView } from '@postern/core'
import type { RoutePolicyDescription } from '../policy/describe-policy.ts'

/** What the routes ask of their callers: all, or the one in `?route=`. */
export function policyView(policies: ReadonlyMap<string, RoutePolicyDescription>): PluginView {
  return {
    read(query) {
      const route = query.get('route')
      return route === null ? [...policies.values()] : policies.get(route)
    },
  }
}

import type { Exchange } from '@postern/core'

/** What the target of an attempt is called: its service, else its origin, else (in the callee seat) the route. */
export function targetOf({ endpoint, route }: Exchange): string {
  if (endpoint) return endpoint.service === '' ? endpoint.origin : endpoint.service
  return route?.service || (route?.id ?? '')
}

import type { OptionsSchema } from '@postern/core'
import * as v from 'valibot'
import { LiveStates, type ServiceStates } from '../health/states.ts'
import { type NameOptions, nameEntries } from './name-options.ts'
import { type RouteOptions, routeSchema } from './route-options.ts'
import { type ServiceOptions, serviceSchema } from './service-options.ts'
import { text } from './values.ts'

/** What `routing()` takes. */
export interface RoutingOptions extends NameOptions {
  /**
   * Zone that this gateway runs in. Of services with endpoints in the zone, those are preferred: they get everything while
   * 70 % of their weight is usable (connections can be made, and there is room), below that a share which shrinks with
   * it, and the other zones get the rest. Default: none, and every endpoint is as good.
   */
  readonly zone?: string | undefined
  /**
   * Tells the state of services to whoever asks it. Make it with `serviceStates()`, outside of the options that a reload makes
   * anew; one per gateway. Default: nobody is told.
   */
  readonly states?: ServiceStates | undefined
  /** Services by name. */
  readonly services: Readonly<Record<string, ServiceOptions>>
  /**
   * Routes, in any order. A request that none matches takes the gateway's own route, or gets 404 where it has
   * none.
   */
  readonly routes: readonly RouteOptions[]
}

/**
 * Schema of `RoutingOptions`. What one field cannot say about itself is checked when the table is compiled.
 */
export const routingOptionsSchema: OptionsSchema<RoutingOptions> = v.strictObject({
  ...nameEntries,
  zone: v.optional(text),
  states: v.optional(
    v.custom<ServiceStates>((given) => given instanceof LiveStates, 'Expected what serviceStates() gives'),
  ),
  services: v.record(v.string(), serviceSchema),
  routes: v.array(routeSchema),
})

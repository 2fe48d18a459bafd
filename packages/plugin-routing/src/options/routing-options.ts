import type { OptionsSchema } from '@postern/core'
import * as v from 'valibot'
import type { RoutingView } from '../explain/routing-view.ts'
import { type NameOptions, nameEntries } from './name-options.ts'
import { optionsOf } from './option-docs.ts'
import { type RouteOptions, routeSchema } from './route-options.ts'
import { type ServiceOptions, serviceSchema } from './service-options.ts'
import { NOT_IN_JSON, text } from './values.ts'

/** What `routing()` takes. */
export interface RoutingOptions extends NameOptions {
  /**
   * Zone that this gateway runs in. Of services with endpoints in the zone, those are preferred: they get everything while
   * 70 % of their weight is usable (connections can be made, and there is room), below that a share which shrinks with
   * it, and the other zones get the rest. Default: none, and every endpoint is as good.
   */
  readonly zone?: string | undefined
  /**
   * A window through which the host looks at the plugin as it runs: make it with `routingView()`, outside of the options that
   * a reload makes anew. Default: none.
   */
  readonly view?: RoutingView | undefined
  /** Services by name. */
  readonly services: Readonly<Record<string, ServiceOptions>>
  /**
   * Routes, in any order. A request that none matches takes the gateway's own route, or gets 404 where it has
   * none.
   */
  readonly routes: readonly RouteOptions[]
}

const isView = (given: unknown): boolean =>
  typeof (given as Partial<RoutingView> | null | undefined)?.attach === 'function'

/**
 * Schema of `RoutingOptions`. What one field cannot say about itself is checked when the table is compiled.
 */
export const routingOptionsSchema: OptionsSchema<RoutingOptions> = optionsOf('RoutingOptions', {
  ...nameEntries,
  zone: v.optional(text),
  view: v.optional(
    v.pipe(v.custom<RoutingView>(isView, 'Expected what routingView() gives'), v.metadata(NOT_IN_JSON)),
  ),
  services: v.record(v.string(), serviceSchema),
  routes: v.array(routeSchema),
})

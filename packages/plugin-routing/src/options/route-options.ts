import {
  type Limits,
  limitsSchema,
  type RoutePlugins,
  routePluginsSchema,
  type Timeouts,
  timeoutsSchema,
} from '@postern/core'
import * as v from 'valibot'
import { type BreakerOptions, breakerSchema } from './breaker-options.ts'
import { fromCore } from './from-core.ts'
import { type RouteMatch, routeMatchSchema } from './match-options.ts'
import { type MirrorOptions, mirrorSchema } from './mirror-options.ts'
import { optionsOf } from './option-docs.ts'
import { type HedgeOptions, hedgeSchema, type RetryOptions, retrySchema } from './retry-options.ts'
import { type RewriteOptions, rewriteSchema } from './rewrite-options.ts'
import { type RouteTarget, targetSchema } from './target-options.ts'
import { text } from './values.ts'

/** A match and the service that it leads to. */
export interface RouteOptions {
  /**
   * Unique; names the route in logs, metrics and spans. Default: the match in words, `orders/api/* (GET)`.
   */
  readonly id?: string | undefined
  /** What a request must look like. The most specific route wins, whatever the order of the list. */
  readonly match: RouteMatch
  /** Where it leads: the name of a service in `services`, a split of several by weight, or rules on the request. */
  readonly to: RouteTarget
  /**
   * Whether the upstream gets the path without `match.path`: `/orders/7` → `/7`. Needs `match.path`. Default:
   * false.
   */
  readonly stripPrefix?: boolean | undefined
  /** When a request is sent again. Default: only where no connection took it, to an endpoint that was not tried. */
  readonly retry?: RetryOptions | undefined
  /**
   * When a slow request is sent a second time beside the first: the first answer wins, the other attempt is cancelled. Out
   * of the service's `retryBudget`, within `limits.attempts`. Default: never.
   */
  readonly hedge?: HedgeOptions | undefined
  /**
   * When the route gets a pause, beside the breaker of its service. Kept by the route's id beyond a reload. Default: never.
   */
  readonly breaker?: BreakerOptions | undefined
  /** What changes on the way to the upstream and back. Default: nothing, but that redirects and cookies are mapped back. */
  readonly rewrite?: RewriteOptions | undefined
  /** Copies of requests to another service, which never slow or fail the request itself. Default: none. */
  readonly mirror?: MirrorOptions | undefined
  /** Times of this route, in milliseconds. Default: the gateway's. */
  readonly timeouts?: Timeouts | undefined
  /** Limits of this route. Default: the gateway's. */
  readonly limits?: Limits | undefined
  /**
   * Other plugins on this route, by short name: a mode, or settings with the plugin's route options. Default:
   * none.
   */
  readonly plugins?: RoutePlugins | undefined
}

/** Schema of `RouteOptions`. */
export const routeSchema = optionsOf('RouteOptions', {
  id: v.optional(text),
  match: routeMatchSchema,
  to: targetSchema,
  stripPrefix: v.optional(v.boolean()),
  retry: v.optional(retrySchema),
  hedge: v.optional(hedgeSchema),
  breaker: v.optional(breakerSchema),
  rewrite: v.optional(rewriteSchema),
  mirror: v.optional(mirrorSchema),
  timeouts: v.optional(fromCore(timeoutsSchema)),
  limits: v.optional(fromCore(limitsSchema)),
  plugins: v.optional(fromCore(routePluginsSchema)),
})

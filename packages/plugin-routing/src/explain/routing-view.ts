import type { ResolvedLimits, ResolvedTimeouts } from '@postern/core'
import type { BreakerState } from '../breaker/breaker.ts'
import type { ExplainedRequest, RouteExplanation } from '../explain.ts'
import type { ServiceState } from '../health/states.ts'
import type { UsesFilter } from '../ledger/ledger.ts'
import type { MirrorCounts } from '../mirrors/mirror.ts'
import type { NamesState } from '../names/name-states.ts'
import type { TargetDescription } from '../targets/target.ts'

/** An explanation with what a running gateway knows beyond its options. Without a route, only the options speak. */
export interface LiveExplanation extends RouteExplanation {
  /** Where the route leads, a split with the share of each part. */
  readonly target: TargetDescription | undefined
  /** The times of the route, every default filled in. */
  readonly timeouts: ResolvedTimeouts | undefined
  /** The limits of the route, every default filled in. */
  readonly limits: ResolvedLimits | undefined
  /** The route's own circuit breaker; `null` without one. */
  readonly breaker: BreakerState | null
  /** The services that it can lead to, with their endpoints as they stand now. */
  readonly serviceStates: readonly ServiceState[]
}

/** A route, at the time of asking. Numbers are of attempts on endpoints: the callee seat has none. */
export interface RouteState {
  /** Its id. */
  readonly id: string
  /** The service that names it in logs: of a split the heaviest, of rules that of `otherwise`. */
  readonly service: string
  /** What it matches, in words: `/orders/* (x-tenant=blue)`. */
  readonly match: string
  /** Where it leads, a split with the share of each part. */
  readonly target: TargetDescription
  /** Requests of which something was sent, repeats not among them. */
  readonly requests: number
  /** Attempts that followed one that failed or was answered badly; also those after a failed connect. */
  readonly retries: number
  /** Attempts that were started beside a slow one. */
  readonly hedges: number
  /** What became of the requests that were to be copied; `null` without a mirror. */
  readonly mirror: Readonly<MirrorCounts> | null
  /** Its own circuit breaker; `null` without one. */
  readonly breaker: BreakerState | null
}

/** What a running plugin shows. */
export interface RoutingWindow {
  /** Explains by the options that are in force. */
  explain(request: ExplainedRequest): LiveExplanation
  /** All services. */
  services(): readonly ServiceState[]
  /** All routes. */
  routes(): readonly RouteState[]
  /** The old names, and who uses them. */
  names(filter?: UsesFilter): NamesState
}

/**
 * A window on the plugin as it runs. The host makes one with `routingView()` and gives it to `routing({ view })`; it shows
 * the generation that a reload put last.
 */
export interface RoutingView {
  /**
   * Says which route a request takes, why the others do not, and the state of the endpoints behind it. Nothing is sent.
   * @throws {Error} while no gateway runs with this view.
   * @throws {GatewayError} GW_REQ_TARGET_INVALID on a path that the gateway would refuse.
   */
  explain(request: ExplainedRequest): LiveExplanation
  /** The state of all services: none while no gateway runs with this view. */
  services(): readonly ServiceState[]
  /**
   * What was sent for every route, in the order of the options: none while no gateway runs with this view. The numbers only grow
   * while the process runs, over reloads too, as counters of metrics do.
   */
  routes(): readonly RouteState[]
  /** The old names with their dates, and who uses them: none while no gateway runs with this view. */
  names(filter?: UsesFilter): NamesState
  /** For the plugin: shows through this view until the function that it gives back is called. */
  attach(window: RoutingWindow): () => void
}

/**
 * Makes a window on a running plugin.
 *
 * @example
 * const view = routingView()
 * const gateway = createGateway([routing({ view, services, routes })])
 * view.explain({ host: 'gateway', path: '/orders/7' }).serviceStates
 * for (const { name, ready } of view.services()) console.log(name, ready)
 * for (const { id, requests, retries } of view.routes()) console.log(id, requests, retries)
 */
export function routingView(): RoutingView {
  const attached = new Set<RoutingWindow>()
  // A reload that fails takes its generation away again, and the one before is the last.
  const last = (): RoutingWindow | undefined => [...attached].at(-1)
  return {
    explain(request) {
      const shown = last()
      if (!shown) throw new Error('No gateway runs with this view: give it to routing({ view, … })')
      return shown.explain(request)
    },
    services: () => last()?.services() ?? [],
    routes: () => last()?.routes() ?? [],
    names: (filter) => last()?.names(filter) ?? { oldNames: [], uses: [] },
    attach(window) {
      attached.add(window)
      return () => void attached.delete(window)
    },
  }
}

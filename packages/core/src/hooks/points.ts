/**
 * The hooks of design section 3, made once per generation (gateway) and per route, in the order in which an exchange
 * meets them, and the faces of them that one plugin taps.
 */
import { GatewayError, isGatewayError } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import type { ResolvedModeSettings } from '../modes.ts'
import type { GatewayHooks, HookPoint, PluginRoute, PreHookPoint, RouteHooks } from '../plugin-hooks.ts'
import type { Endpoint, Route } from '../route.ts'
import { type Answer, preTap } from './guard.ts'
import { CallHook, PickHook, WaitingHook, type WaitingTap } from './kinds.ts'
import type { TapOwner } from './owner.ts'
import type { HookSubject } from './subject.ts'
import { actTap, boundedCall, type MayAct, mayAct, waitingTap, watchTap } from './taps.ts'

/** The gateway's hooks, as the journey calls them. */
export class GatewayHookSet {
  readonly onRoute = new CallHook<RouteCompilation>()
  readonly onRequest = new CallHook<HookSubject>()
  readonly preMatch = new WaitingHook<Answer>()
  readonly pickRoute = new PickHook<Route>()
  readonly onFinish = new CallHook<HookSubject>()
  /** Set after set-up: a tap added later would recompile a hot hook, and some exchanges would run without it. */
  frozen = false
}

/** A route's hooks, as the journey calls them. */
export class RouteHookSet {
  readonly preForward = new WaitingHook<Answer>()
  readonly pickEndpoint = new WaitingHook<Endpoint>()
  readonly mapUpstreamRequest = new CallHook<HookSubject>()
  readonly preSend = new WaitingHook<Answer>()
  readonly onAttemptEnd = new CallHook<HookSubject>()
  readonly pickRetry = new PickHook<number>()
  readonly pickHedge = new PickHook<boolean>()
  readonly mapResponse = new CallHook<HookSubject>()
  readonly onFinish = new CallHook<HookSubject>()
  /** Set when the route is compiled. */
  frozen = false
}

/** One route while it is compiled: what each plugin sees of it. */
export interface RouteCompilation {
  /** The view of one plugin; `undefined` when it is `off` on this route. */
  viewFor(owner: TapOwner): PluginRoute | undefined
}

/** The gateway's hooks as one plugin taps them. */
export function gatewayHooksFor(
  set: GatewayHookSet,
  owner: TapOwner,
  settings: ResolvedModeSettings,
  deadlineMs: number,
): GatewayHooks {
  const off = settings.mode === 'off' && settings.except.size === 0
  const guarded = <TArgs extends unknown[]>(
    hook: string,
    add: (...args: TArgs) => void,
    evenOff = false,
  ) => ({
    tap(...args: TArgs): void {
      if (set.frozen) tappedLate(owner, hook)
      if (!off || evenOff) add(...args)
    },
  })
  const act = mayAct(settings)
  return Object.freeze({
    // A plugin that is off for the gateway may be on for a route.
    onRoute: guarded(
      'onRoute',
      (fn: (route: PluginRoute) => void) =>
        set.onRoute.add(owner.name, (compilation) => {
          const view = compilation.viewFor(owner)
          if (view) compileFor(owner, view, fn)
        }),
      true,
    ),
    onRequest: guarded('onRequest', (fn) => set.onRequest.add(owner.name, watchTap(owner, 'onRequest', fn))),
    preMatch: prePoint(set.preMatch, 'preMatch', set, owner, settings, deadlineMs, off),
    pickRoute: guarded('pickRoute', (fn) =>
      set.pickRoute.add(owner.name, actTap(owner, 'pickRoute', act, fn)),
    ),
    onFinish: guarded('onFinish', (fn) => set.onFinish.add(owner.name, watchTap(owner, 'onFinish', fn))),
  } satisfies GatewayHooks)
}

/** A route's hooks as one plugin taps them. */
export function routeHooksFor(
  set: RouteHookSet,
  owner: TapOwner,
  settings: ResolvedModeSettings,
  deadlineMs: number,
): RouteHooks {
  const point = <TResult>(
    hook: string,
    add: (fn: (exchange: Exchange) => TResult) => void,
  ): HookPoint<Exchange, TResult> => ({
    tap(fn) {
      if (set.frozen) tappedLate(owner, hook)
      add(fn)
    },
  })
  const act = mayAct(settings)
  return Object.freeze({
    preForward: prePoint(set.preForward, 'preForward', set, owner, settings, deadlineMs, false),
    pickEndpoint: point('pickEndpoint', (fn) => {
      const call = boundedCall<Endpoint>(owner, 'pickEndpoint', deadlineMs, fn)
      addActing(set.pickEndpoint, owner, act, waitingTap(call))
    }),
    mapUpstreamRequest: point('mapUpstreamRequest', (fn) => {
      if (act !== 'never')
        set.mapUpstreamRequest.add(owner.name, actTap(owner, 'mapUpstreamRequest', act, fn))
    }),
    preSend: point('preSend', (fn) => {
      const call = boundedCall<Answer>(owner, 'preSend', deadlineMs, fn as (exchange: Exchange) => Answer)
      addActing(set.preSend, owner, act, waitingTap(call))
    }),
    onAttemptEnd: point('onAttemptEnd', (fn) =>
      set.onAttemptEnd.add(owner.name, watchTap(owner, 'onAttemptEnd', fn)),
    ),
    pickRetry: point('pickRetry', (fn) => {
      if (act !== 'never') set.pickRetry.add(owner.name, actTap(owner, 'pickRetry', act, fn))
    }),
    pickHedge: point('pickHedge', (fn) => {
      if (act !== 'never') set.pickHedge.add(owner.name, actTap(owner, 'pickHedge', act, fn))
    }),
    mapResponse: point('mapResponse', (fn) => {
      if (act !== 'never') set.mapResponse.add(owner.name, actTap(owner, 'mapResponse', act, fn))
    }),
    onFinish: point('onFinish', (fn) => set.onFinish.add(owner.name, watchTap(owner, 'onFinish', fn))),
  } satisfies RouteHooks as RouteHooks)
}

/** Adds a tap that may wait and may act in `enforce` only. */
function addActing<TResult>(
  hook: WaitingHook<TResult>,
  owner: TapOwner,
  act: MayAct,
  tap: WaitingTap<TResult>,
): void {
  if (act === 'always') hook.add(owner.name, tap)
  else if (act !== 'never')
    hook.add(owner.name, (exchange, done) => (act(exchange) ? tap(exchange, done) : done(null)))
}

function prePoint(
  hook: WaitingHook<Answer>,
  name: string,
  set: { readonly frozen: boolean },
  owner: TapOwner,
  settings: ResolvedModeSettings,
  deadlineMs: number,
  off: boolean,
): PreHookPoint {
  return {
    tap(fn, options) {
      if (set.frozen) tappedLate(owner, name)
      if (off) return
      const call = fn as (exchange: Exchange) => Answer | undefined
      const tap = options?.serves
        ? waitingTap(boundedCall<Answer>(owner, name, deadlineMs, call))
        : preTap(owner, name, settings, deadlineMs, fn, options?.observe)
      hook.add(owner.name, tap)
    },
  }
}

function compileFor(owner: TapOwner, view: PluginRoute, fn: (route: PluginRoute) => void): void {
  try {
    fn(view)
  } catch (thrown) {
    if (isGatewayError(thrown)) throw thrown
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    throw new GatewayError('GW_PLUGIN_SETUP_FAILED', {
      message: `${owner.name} failed while route "${view.route.id}" was compiled: ${why}`,
      plugin: owner.name,
      cause: thrown,
    })
  }
}

function tappedLate(owner: TapOwner, hook: string): never {
  throw new GatewayError('GW_PLUGIN_TAPPED_LATE', {
    message: `${owner.name} tapped ${hook} after set-up. Tap in setup(), or in an onRoute tap for a route's hooks`,
    plugin: owner.name,
  })
}

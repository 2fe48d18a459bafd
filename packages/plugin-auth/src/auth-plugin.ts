import { definePlugin, type PluginFactory } from '@postern/core'
import { principal } from '@postern/core/contracts'
import { authorizationForm } from './census/authorization-form.ts'
import { describeCredentials } from './census/describe-credentials.ts'
import { pluginCensus } from './census/plugin-census.ts'
import { Challenges } from './challenge.ts'
import { identityForward, ownedIdentityHeaders } from './identity/identity-forward.ts'
import { keepLasting } from './lasting.ts'
import type { AuthOptions } from './options.ts'
import { authOptionsSchema, authRouteOptionsSchema } from './options-schema.ts'
import { Outbound } from './outbound/outbound.ts'
import { checkRoute } from './policy/check-route.ts'
import { describePolicy, type RoutePolicyDescription } from './policy/describe-policy.ts'
import { RoutePolicy } from './policy/route-policy.ts'
import { PLUGIN_NAME } from './problems.ts'
import type { Scheme } from './schemes/scheme.ts'
import { canVouch, credentialHeaders, Schemes } from './schemes/schemes.ts'
import { authMetrics } from './view/auth-metrics.ts'
import { policyView } from './view/policy-view.ts'

/**
 * Finds out who calls before anything is forwarded, and fills the `principal` slot. A guard: when it cannot check
 * credentials it refuses the request, never lets it pass.
 *
 * @example
 * createGateway(
 *   [auth({ jwt: [{ issuer: 'https://idp.internal', audience: 'gateway', algorithms: ['ES256'] }] })],
 *   { upstream: 'http://127.0.0.1:3000' },
 * )
 */
export const auth: PluginFactory<AuthOptions, readonly [typeof principal], readonly []> = definePlugin({
  name: PLUGIN_NAME,
  version: '0.1.0',
  api: '1.0',
  fault: 'guard',
  provides: [principal],
  options: authOptionsSchema,
  routeOptions: authRouteOptionsSchema,
  ownsRequestHeaders: (options) => [...ownedIdentityHeaders(options), ...credentialHeaders(options)],

  setup(gateway, options) {
    const issuers = new Map(options.jwt.map((one) => [one.issuer, one]))
    const known = new Set(issuers.keys())
    const lasting = keepLasting(gateway)
    const { counts } = lasting
    const schemes = new Schemes(options, lasting, gateway.logger)
    const outbound = Outbound.from(gateway, options, counts)
    const forwardIdentity = identityForward(gateway, options)
    const census = pluginCensus(gateway, options)
    const configured = {
      issuers: [...known],
      schemes: schemes.names,
      canVouch: (issuer: string) => canVouch(options, issuer),
      needsNone: outbound !== undefined,
    }

    const policies = new Map<string, () => RoutePolicyDescription>()

    gateway.hooks.onRoute.tap(({ route, options: wanted, mode, hooks }) => {
      checkRoute(route.id, wanted, mode, configured)
      policies.set(route.id, () => describePolicy(route.id, wanted, mode, options))
      const challenges = new Challenges(options.realm, schemes.challenges(wanted.schemes))
      outbound?.tap(hooks, challenges)
      if (forwardIdentity) hooks.mapUpstreamRequest.tap(forwardIdentity)
      // A public route asks nobody. The client's copies of identity headers are removed all the same.
      if (wanted.access === 'public') return
      let started = mode === 'enforce' || mode === 'shadow' ? schemes.start(wanted.schemes) : undefined
      // A caller's exception may ask for a check on a route that otherwise only observes.
      const start = (): readonly Scheme[] => {
        started ??= schemes.start(wanted.schemes)
        return started
      }
      const policy = new RoutePolicy(start, challenges, wanted, counts.access)
      const counted = census?.route(route.id, wanted, {
        schemes: schemes.names.filter((name) => wanted.schemes?.includes(name) ?? true),
        issuers,
        policy,
      })
      // Who controls the process that calls has nothing to prove to it.
      const passes = (seat: string): boolean => seat === 'caller' && schemes.names.length === 0
      hooks.preForward.tap((exchange) => (passes(exchange.seat) ? undefined : policy.check(exchange)), {
        observe(exchange) {
          const authorization = authorizationForm(exchange.requestHeaders)
          counted?.observed(exchange, authorization)
          return describeCredentials(authorization, known)
        },
      })
      if (counted) hooks.onFinish.tap((exchange) => counted.finished(exchange))
    })

    const detach = options.view?.attach({ stats: () => schemes.stats() })
    return {
      async close() {
        detach?.()
        census?.detach()
        await schemes.close()
      },
      ready: () => schemes.ready(),
      metrics: () => authMetrics(schemes.stats()),
      views: {
        policy: policyView(policies),
        auth: { read: () => schemes.stats() },
        revocations: { read: () => schemes.stats().revocations },
        ...(census && { census: census.view }),
      },
    }
  },
})

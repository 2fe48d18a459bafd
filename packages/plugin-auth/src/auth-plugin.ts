import { definePlugin, type PluginFactory } from '@postern/core'
import { principal } from '@postern/core/contracts'
import { authorizationForm } from './census/authorization-form.ts'
import { describeCredentials } from './census/describe-credentials.ts'
import { pluginCensus } from './census/plugin-census.ts'
import { Challenges } from './challenge.ts'
import { identityHeaderNames, identityHeaderWriter } from './identity/identity-headers.ts'
import type { AuthOptions } from './options.ts'
import { authOptionsSchema, authRouteOptionsSchema } from './options-schema.ts'
import { checkRoute } from './policy/check-route.ts'
import { RoutePolicy } from './policy/route-policy.ts'
import type { Scheme } from './schemes/scheme.ts'
import { Schemes } from './schemes/schemes.ts'

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
  name: '@postern/plugin-auth',
  version: '0.1.0',
  api: '1.0',
  fault: 'guard',
  provides: [principal],
  options: authOptionsSchema,
  routeOptions: authRouteOptionsSchema,
  ownsRequestHeaders: (options) => identityHeaderNames(options.identityHeaders),

  setup(gateway, options) {
    const issuers = new Map(options.jwt.map((one) => [one.issuer, one]))
    const known = new Set(issuers.keys())
    const schemes = new Schemes(options, gateway.logger)
    const writeIdentity = identityHeaderWriter(options.identityHeaders)
    const census = pluginCensus(options)

    gateway.hooks.onRoute.tap(({ route, options: wanted, mode, hooks }) => {
      checkRoute(route.id, wanted, mode, { issuers: [...known], schemes: schemes.names })
      // A public route asks nobody. Core has removed the client's copies of identity headers all the same.
      if (wanted.access === 'public') return
      let started = mode === 'enforce' || mode === 'shadow' ? schemes.start(wanted.schemes) : undefined
      // A caller's exception may ask for a check on a route that otherwise only observes.
      const start = (): readonly Scheme[] => {
        started ??= schemes.start(wanted.schemes)
        return started
      }
      const challenges = new Challenges(options.realm, schemes.challenges(wanted.schemes))
      const policy = new RoutePolicy(start, challenges, wanted)
      const counted = census?.route(route.id, wanted, {
        schemes: schemes.names.filter((name) => wanted.schemes?.includes(name) ?? true),
        issuers,
        policy,
      })
      hooks.preForward.tap((exchange) => policy.check(exchange), {
        observe(exchange) {
          const authorization = authorizationForm(exchange.requestHeaders)
          counted?.observed(exchange, authorization)
          return describeCredentials(authorization, known)
        },
      })
      if (counted) hooks.onFinish.tap((exchange) => counted.finished(exchange))
      if (writeIdentity) hooks.mapUpstreamRequest.tap(writeIdentity)
    })

    return {
      async close() {
        census?.detach()
        await schemes.close()
      },
      ready: () => schemes.ready(),
    }
  },
})

import { definePlugin, GatewayError, type PluginFactory } from '@postern/core'
import { principal } from '@postern/core/contracts'
import { describeCredentials } from './census/describe-credentials.ts'
import { Challenges } from './challenge.ts'
import { identityForward, ownedIdentityHeaders } from './identity/identity-forward.ts'
import type { AuthOptions } from './options.ts'
import { authOptionsSchema, authRouteOptionsSchema } from './options-schema.ts'
import { Outbound } from './outbound/outbound.ts'
import { RoutePolicy } from './policy/route-policy.ts'
import type { Scheme } from './schemes/scheme.ts'
import { canVouch, credentialHeaders, Schemes } from './schemes/schemes.ts'

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
  ownsRequestHeaders: (options) => [...ownedIdentityHeaders(options), ...credentialHeaders(options)],

  setup(gateway, options) {
    const issuers = new Set(options.jwt.map((one) => one.issuer))
    const schemes = new Schemes(options, gateway.logger)
    const challenges = new Challenges(options.realm)
    const outbound = Outbound.from(gateway, options, challenges)
    const forwardIdentity = identityForward(gateway, options)
    const observe = (exchange: { readonly requestHeaders: readonly string[] }) =>
      describeCredentials(exchange.requestHeaders, issuers)

    gateway.hooks.onRoute.tap(({ route, options: wanted, mode, hooks }) => {
      const unknown = wanted?.issuers?.find((issuer) => !canVouch(options, issuer))
      if (unknown !== undefined) {
        throw new GatewayError('GW_PLUGIN_OPTIONS_INVALID', {
          message: `Route "${route.id}" accepts only the issuer "${unknown}", which no scheme of plugin-auth has, such as an entry of "jwt".`,
          plugin: '@postern/plugin-auth',
        })
      }
      let started = mode === 'enforce' || mode === 'shadow' ? schemes.start() : undefined
      // A caller's exception may ask for a check on a route that otherwise only observes.
      const start = (): readonly Scheme[] => {
        started ??= schemes.start()
        return started
      }
      const policy = new RoutePolicy(start, schemes.challenges(), challenges, wanted)
      // Who controls the process that calls has nothing to prove to it.
      const passes = (seat: string): boolean => seat === 'caller' && schemes.names.length === 0
      hooks.preForward.tap((exchange) => (passes(exchange.seat) ? undefined : policy.check(exchange)), {
        observe,
      })
      outbound?.tap(hooks)
      if (forwardIdentity) hooks.mapUpstreamRequest.tap(forwardIdentity)
    })

    const detach = options.view?.attach({ stats: () => schemes.stats() })
    return {
      close() {
        detach?.()
        return schemes.close()
      },
      ready: () => schemes.ready(),
    }
  },
})

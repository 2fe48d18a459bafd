import { definePlugin, GatewayError, type PluginFactory } from '@postern/core'
import { principal } from '@postern/core/contracts'
import { Challenges } from './challenge.ts'
import { identityHeaderNames, identityHeaderWriter } from './identity-headers.ts'
import { describeCredentials } from './observe.ts'
import type { AuthOptions } from './options.ts'
import { authOptionsSchema, authRouteOptionsSchema } from './options-schema.ts'
import { RouteCheck } from './route-check.ts'
import type { Lease } from './verify/shared.ts'
import { leaseVerifier, type Verifier } from './verify/verifier.ts'

/**
 * Verifies JSON Web Tokens before anything is forwarded, and fills the `principal` slot. A guard: when it cannot check
 * a token it refuses the request, never lets it pass.
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
    const issuers = new Set(options.jwt.map((one) => one.issuer))
    // Started by the first route that checks tokens: a gateway that only observes needs no keys and no threads.
    let lease: Lease<Verifier> | undefined
    const start = (): Verifier => {
      lease ??= leaseVerifier(options, gateway.logger)
      return lease.value
    }
    const challenges = new Challenges(options.realm)
    const writeIdentity = identityHeaderWriter(options.identityHeaders)
    const observe = (exchange: { readonly requestHeaders: readonly string[] }) =>
      describeCredentials(exchange.requestHeaders, issuers)

    gateway.hooks.onRoute.tap(({ route, options: wanted, mode, hooks }) => {
      const unknown = wanted?.issuers?.find((issuer) => !issuers.has(issuer))
      if (unknown !== undefined) {
        throw new GatewayError('GW_PLUGIN_OPTIONS_INVALID', {
          message: `Route "${route.id}" accepts only the issuer "${unknown}", which is not in the "jwt" option of plugin-auth.`,
          plugin: '@postern/plugin-auth',
        })
      }
      if (mode === 'enforce' || mode === 'shadow') start()
      const check = new RouteCheck(start, challenges, wanted)
      hooks.preForward.tap((exchange) => check.check(exchange), { observe })
      if (writeIdentity) hooks.mapUpstreamRequest.tap(writeIdentity)
    })

    return {
      close: () => lease?.release(),
      ready: () => lease?.value.ready() ?? true,
    }
  },
})

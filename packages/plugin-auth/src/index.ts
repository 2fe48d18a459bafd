/**
 * @postern/plugin-auth: verifies JSON Web Tokens for every service in one place.
 *
 * @module @postern/plugin-auth
 */

import type { AuthRouteOptions } from './options.ts'

export { auth } from './auth-plugin.ts'
export type { AuthErrorCode } from './errors.ts'
export { AUTH_ERRORS } from './errors.ts'
export type {
  AuthOptions,
  AuthRouteOptions,
  IdentityHeaderOptions,
  JwksOptions,
  JwtAlgorithm,
  JwtIssuerOptions,
  TokenCacheOptions,
  WorkerOptions,
} from './options.ts'
export type {
  CallerCheck,
  CallerRule,
  ClaimRule,
  ClaimValue,
  RouteAccess,
  RoutePolicyOptions,
} from './policy/options.ts'
export type { SchemeName } from './schemes/scheme.ts'

declare module '@postern/core' {
  interface RoutePluginOptions {
    /** What this plugin takes on a route, under its short name. */
    readonly auth: AuthRouteOptions
  }
}

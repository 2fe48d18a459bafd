/**
 * @postern/plugin-auth: verifies JSON Web Tokens for every service in one place.
 *
 * @module @postern/plugin-auth
 */

import type { AuthRouteOptions } from './options.ts'

export { auth } from './auth-plugin.ts'
export type { CallerToFix } from './census/advice.ts'
export type { AuthCensus, AuthCensusOptions } from './census/auth-census.ts'
export { authCensus } from './census/auth-census.ts'
export type { CensusCaller, CensusCallerKind } from './census/callers.ts'
export type { CredentialForm } from './census/credentials-seen.ts'
export type { UnknownIssuer } from './census/draft-issuers.ts'
export type { DraftOptions, PolicyDraft } from './census/draft-policy.ts'
export type {
  AuthReport,
  RefusalShare,
  ReportedCaller,
  ReportedRefusal,
  ReportedShare,
} from './census/report.ts'
export type { CensusBasis, CensusRow, VerifiedAs } from './census/rows.ts'
export type { TokenForm, TokenLife } from './census/token-seen.ts'
export type { AuthErrorCode } from './errors.ts'
export { AUTH_ERRORS } from './errors.ts'
export { getPrincipal } from './get-principal.ts'
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

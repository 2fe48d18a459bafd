/**
 * @postern/plugin-auth: finds out who calls, for every service in one place.
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
export type { CensusSizeOptions } from './census/options.ts'
export type {
  AuthReport,
  RefusalShare,
  ReportedCaller,
  ReportedRefusal,
  ReportedShare,
} from './census/report.ts'
export type { CensusBasis, CensusRow, VerifiedAs } from './census/rows.ts'
export type { TokenForm, TokenLife } from './census/token-seen.ts'
export type {
  AuthorityStats,
  CacheStats,
  CountedStats,
  OutcomeCounts,
} from './counts/auth-counts.ts'
export type { AuthErrorCode } from './errors.ts'
export { AUTH_ERRORS } from './errors.ts'
export type { FileOptions } from './files/file-watch.ts'
export type { SecretSource } from './files/secret.ts'
export { getPrincipal } from './get-principal.ts'
export type { SignatureAlgorithm } from './http-signature/algorithms.ts'
export type { FieldType } from './http-signature/field-types.ts'
export type {
  IdentityOptions,
  InternalTokenOptions,
  PublishedKeysOptions,
  SigningKeyOptions,
} from './identity/options.ts'
export type { TokenAlgorithm } from './keys/signing-key.ts'
export type {
  AuthOptions,
  AuthRouteOptions,
  IdentityHeaderOptions,
  JwksOptions,
  TokenCacheOptions,
  WorkerOptions,
} from './options.ts'
export type {
  ClientAuthentication,
  MessageSignatureOptions,
  OutboundCredentials,
  OutboundOptions,
  StaticHeaderOptions,
  TokenClientOptions,
  TokenExchangeOptions,
} from './outbound/options.ts'
export type {
  OutboundDescription,
  PolicyRequirements,
  RoutePolicyDescription,
  SchemeDescription,
} from './policy/describe-policy.ts'
export type {
  CallerCheck,
  CallerRule,
  ClaimRule,
  ClaimValue,
  RouteAccess,
  RoutePolicyOptions,
} from './policy/options.ts'
export type { Revocation } from './revocation/revocation.ts'
export type { RevocationList, RevocationListOptions, RevocationState } from './revocation/revocation-list.ts'
export { revocationList } from './revocation/revocation-list.ts'
export { generateApiKey, hashApiKey } from './schemes/api-key/api-key.ts'
export type { ApiKeyEntry, ApiKeyOptions } from './schemes/api-key/options.ts'
export type { BasicOptions, BasicUser } from './schemes/basic/options.ts'
export { hashPassword, type ScryptCost } from './schemes/basic/password-hash.ts'
export type { CredentialEntry } from './schemes/credential-entry.ts'
export type { DecisionCacheOptions, ForwardAuthOptions } from './schemes/forward-auth/options.ts'
export type { HttpSignatureKeyOptions, HttpSignatureOptions } from './schemes/http-signature/options.ts'
export type {
  IntrospectionClient,
  IntrospectionIdField,
  IntrospectionOptions,
} from './schemes/introspection/options.ts'
export type { CertificateIdentity, MtlsOptions } from './schemes/mtls/options.ts'
export type { SchemeName } from './schemes/scheme.ts'
export type {
  AsymmetricAlgorithm,
  JwtAlgorithm,
  JwtIssuerOptions,
  JwtKeyOptions,
  JwtKeySet,
  JwtSecret,
  SymmetricAlgorithm,
} from './verify/jwt-options.ts'
export type { JwtStats, KeyStats, TokenCacheStats } from './verify/jwt-stats.ts'
export type { KeyState } from './verify/key-source.ts'
export type { BatchSizes, WorkerStats } from './verify/verify-counters.ts'
export type { AuthStats, AuthView, AuthWindow } from './view/auth-view.ts'
export { authView } from './view/auth-view.ts'

declare module '@postern/core' {
  interface RoutePluginOptions {
    /** What this plugin takes on a route, under its short name. */
    readonly auth: AuthRouteOptions
  }
}

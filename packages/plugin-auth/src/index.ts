/**
 * @postern/plugin-auth: verifies JSON Web Tokens for every service in one place.
 *
 * @module @postern/plugin-auth
 */

import type { AuthRouteOptions } from './options.ts'

export { auth } from './auth-plugin.ts'
export type { AuthErrorCode } from './errors.ts'
export { AUTH_ERRORS } from './errors.ts'
export type { SecretSource } from './files/secret.ts'
export type { SignatureAlgorithm } from './http-signature/algorithms.ts'
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
  JwtAlgorithm,
  JwtIssuerOptions,
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
export type { DecisionCacheOptions, ForwardAuthOptions } from './schemes/forward-auth/options.ts'
export type { HttpSignatureKeyOptions, HttpSignatureOptions } from './schemes/http-signature/options.ts'

declare module '@postern/core' {
  interface RoutePluginOptions {
    /** What this plugin takes on a route, under its short name. */
    readonly auth: AuthRouteOptions
  }
}

/**
 * @postern/plugin-auth: verifies JSON Web Tokens for every service in one place.
 *
 * @module @postern/plugin-auth
 */

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

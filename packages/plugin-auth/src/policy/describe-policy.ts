/** What routes ask of their callers, as plain data for operators. No key, secret or hash is in it. */
import type { Mode } from '@postern/core'
import { ownedIdentityHeaders, strippedHeaders } from '../identity/identity-forward.ts'
import type { AuthRouteOptions, ResolvedAuthOptions } from '../options.ts'
import { SCHEME_NAMES, type SchemeName } from '../schemes/scheme.ts'
import { credentialHeaders } from '../schemes/schemes.ts'
import type { RouteAccess, RoutePolicyOptions } from './options.ts'

/** A way in which a caller can prove who it is. */
export interface SchemeDescription {
  /** Which one. */
  readonly name: SchemeName
  /** What a request has to carry, in words: `Authorization: Bearer with a JSON Web Token`. */
  readonly credentials: string
  /** Issuers whose word counts here; empty where the scheme has none that are known. */
  readonly issuers: readonly string[]
  /** Whether another service is asked about each caller that is not remembered. */
  readonly asksService: boolean
}

/** What has to hold of a caller beside its identity; what the route does not say is left out. A `check` in code is only named. */
export interface PolicyRequirements extends Omit<RoutePolicyOptions, 'access' | 'schemes' | 'check'> {
  /** Issuers whose tokens alone are accepted. */
  readonly issuers?: readonly string[] | undefined
  /** Whether a function in code decides last. */
  readonly check?: true | undefined
}

/** A credential of the gateway's own. */
export interface OutboundDescription {
  /** Name of the service, or origin, that gets it. */
  readonly target: string
  /** Where it comes from. */
  readonly kind: 'clientCredentials' | 'tokenExchange' | 'header' | 'signature'
  /** Headers that carry it, lower case. */
  readonly headers: readonly string[]
}

/** What one route asks of its callers, and what its upstream is told. */
export interface RoutePolicyDescription {
  /** Id of the route. */
  readonly route: string
  /** Mode of the plugin there. */
  readonly mode: Mode
  /** `public` asks nobody, `anonymous` lets requests without credentials pass. */
  readonly access: RouteAccess | 'anonymous'
  /** Accepted ways to authenticate; none on a public route. */
  readonly schemes: readonly SchemeDescription[]
  /** What else has to hold. */
  readonly requires: PolicyRequirements
  /** Headers, lower case, that the upstream gets about the caller. */
  readonly addsHeaders: readonly string[]
  /** Headers, lower case, of which the client's copies never reach the upstream. */
  readonly removesHeaders: readonly string[]
  /** What the gateway proves itself with, by where a request goes. */
  readonly outbound: readonly OutboundDescription[]
}

/** Describes one route. */
export function describePolicy(
  route: string,
  wanted: AuthRouteOptions,
  mode: Mode,
  options: ResolvedAuthOptions,
): RoutePolicyDescription {
  const access = wanted.anonymous === true ? 'anonymous' : (wanted.access ?? 'authenticated')
  return {
    route,
    mode,
    access,
    schemes: access === 'public' ? [] : schemesOf(wanted, options),
    requires: requirementsOf(wanted),
    addsHeaders: addedHeaders(options),
    removesHeaders: removedHeaders(options),
    outbound: Object.entries(options.outbound).flatMap(([target, one]) => outboundOf(target, one)),
  }
}

function schemesOf(wanted: AuthRouteOptions, options: ResolvedAuthOptions): SchemeDescription[] {
  return SCHEME_NAMES.filter((name) => wanted.schemes?.includes(name) ?? true).flatMap((name) => {
    const credentials = credentialsOf(name, options)
    if (credentials === undefined) return []
    const issuers = name === 'jwt' ? options.jwt.map(({ issuer }) => issuer) : []
    return [
      {
        name,
        credentials,
        issuers: issuers.filter((issuer) => wanted.issuers?.includes(issuer) ?? true),
        asksService: name === 'introspection' || name === 'forward-auth',
      },
    ]
  })
}

/** What a request has to carry; `undefined` for a scheme that is not configured. */
function credentialsOf(name: SchemeName, options: ResolvedAuthOptions): string | undefined {
  const { jwt, introspection, apiKeys, basic, mtls, httpSignature, forwardAuth } = options
  switch (name) {
    case 'jwt':
      return jwt.length > 0 ? 'Authorization: Bearer with a JSON Web Token' : undefined
    case 'introspection':
      return introspection && 'Authorization: Bearer with a token that the authorization server knows'
    case 'api-key':
      return apiKeys && `an API key in ${apiKeys.header}`
    case 'basic':
      return basic && 'Authorization: Basic with a name and a password'
    case 'mtls':
      return mtls && 'a client certificate'
    case 'http-signature':
      return httpSignature && 'Signature and Signature-Input (RFC 9421)'
    case 'forward-auth':
      return forwardAuth && `what the decision service is shown: ${forwardAuth.requestHeaders.join(', ')}`
  }
}

function requirementsOf({
  access: _access,
  schemes: _schemes,
  anonymous: _anonymous,
  check,
  ...said
}: AuthRouteOptions): PolicyRequirements {
  const given = Object.entries(said).filter(([, value]) => value !== undefined && value.length > 0)
  return { ...Object.fromEntries(given), ...(check ? { check: true } : {}) }
}

function addedHeaders(options: ResolvedAuthOptions): readonly string[] {
  const token = options.identity.token?.header
  return [...new Set([...ownedIdentityHeaders(options), ...(token === undefined ? [] : [token])])]
}

function removedHeaders(options: ResolvedAuthOptions): readonly string[] {
  const all = [ownedIdentityHeaders, credentialHeaders, strippedHeaders].flatMap((of) => of(options))
  return [...new Set(all)]
}

function outboundOf(
  target: string,
  { clientCredentials, tokenExchange, header, signature }: ResolvedAuthOptions['outbound'][string],
): OutboundDescription[] {
  const found: OutboundDescription[] = []
  if (clientCredentials)
    found.push({ target, kind: 'clientCredentials', headers: [clientCredentials.header] })
  if (tokenExchange) found.push({ target, kind: 'tokenExchange', headers: [tokenExchange.header] })
  if (header) found.push({ target, kind: 'header', headers: [header.name.toLowerCase()] })
  if (signature) found.push({ target, kind: 'signature', headers: ['signature', 'signature-input'] })
  return found
}

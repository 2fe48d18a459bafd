import { type Exchange, type PluginHost, type Reply, setHeader } from '@postern/core'
import { principal } from '@postern/core/contracts'
import type { AuthRouteOptions, ResolvedAuthOptions } from '../options.ts'
import { invalidOptions } from '../problems.ts'
import { CREDENTIAL_HEADERS, removeHeaders } from './credential-headers.ts'
import { decidedHeaderWriter } from './decided-headers.ts'
import { identityHeaderNames, identityHeaderWriter } from './identity-headers.ts'
import { InternalTokens } from './internal-token.ts'
import type { ResolvedInternalTokenOptions } from './options.ts'
import { SigningKeys } from './signing-keys.ts'

type Change = (exchange: Exchange) => void

/** Request headers that only this plugin may set towards an upstream, for `ownsRequestHeaders`. */
export function ownedIdentityHeaders({
  forwardAuth,
  identity,
  identityHeaders,
}: ResolvedAuthOptions): readonly string[] {
  const decided = forwardAuth?.upstreamHeaders.filter((name) => !CREDENTIAL_HEADERS.includes(name)) ?? []
  const names = [...identityHeaderNames(identityHeaders), ...decided]
  const header = identity.token?.header
  // Authorization may be what the upstream still needs while the plugin only watches.
  return header === undefined || header === 'authorization' ? names : [...names, header]
}

/**
 * What the upstream is told about the caller, as one change of its request; `undefined` when that is nothing. Serves the
 * public keys where tokens are signed.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID when a key file cannot be used.
 */
export function identityForward(
  gateway: PluginHost<AuthRouteOptions | undefined>,
  options: ResolvedAuthOptions,
): Change | undefined {
  const { identity, identityHeaders } = options
  const changes: Change[] = []
  const removed = strippedHeaders(options)
  // First, and whoever calls: nothing that a client wrote may stand where services look for the gateway's word.
  if (removed.length > 0) changes.push((exchange) => removeHeaders(exchange.upstreamRequestHeaders, removed))
  const plain = identityHeaderWriter(identityHeaders)
  if (plain) changes.push(plain)
  const decided = decidedHeaderWriter(options.forwardAuth?.upstreamHeaders ?? [])
  if (decided) changes.push(decided)
  if (identity.token) changes.push(tokenWriter(gateway, identity.token))
  if (changes.length < 2) return changes[0]
  return (exchange) => {
    for (const change of changes) change(exchange)
  }
}

/** Headers of which no upstream gets what the client sent, because of what `identity` asks for; lower case. */
export function strippedHeaders({ apiKeys, identity }: ResolvedAuthOptions): readonly string[] {
  if (identity.credentials === 'strip')
    return apiKeys ? [...CREDENTIAL_HEADERS, apiKeys.header] : CREDENTIAL_HEADERS
  return identity.token?.header === 'authorization' ? ['authorization'] : []
}

function tokenWriter(
  gateway: PluginHost<AuthRouteOptions | undefined>,
  options: ResolvedInternalTokenOptions,
): Change {
  const keys = keepKeys(gateway, options)
  const tokens = new InternalTokens(options, keys)
  const { path, maxAgeMs } = options.jwks
  const headers = [
    'content-type',
    'application/jwk-set+json',
    'cache-control',
    `public, max-age=${Math.floor(maxAgeMs / 1_000)}`,
  ]
  gateway.hooks.preMatch.tap(
    (exchange) => (exchange.path === path ? keySetReply(exchange.method, keys, headers) : undefined),
    { serves: true },
  )
  const { header } = options
  const prefix = header === 'authorization' ? 'Bearer ' : ''
  return (exchange) => {
    const caller = exchange.get(principal)
    if (caller) setHeader(exchange.upstreamRequestHeaders, header, prefix + tokens.for(caller, exchange))
  }
}

function keySetReply(method: string, keys: SigningKeys, headers: readonly string[]): Reply {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, headers: ['allow', 'GET, HEAD'] }
  return { status: 200, headers, body: keys.document }
}

/** Keys outlive a reload that does not change them: services hold tokens that they signed. */
function keepKeys(
  gateway: PluginHost<AuthRouteOptions | undefined>,
  options: ResolvedInternalTokenOptions,
): SigningKeys {
  const { algorithm, lifetimeMs, keys } = options
  try {
    return gateway.keep(
      `signing-keys ${JSON.stringify([algorithm, lifetimeMs, keys])}`,
      () => new SigningKeys(options, gateway.logger),
    )
  } catch (cause) {
    throw invalidOptions(`identity.token.keys: ${(cause as Error).message}`, cause)
  }
}

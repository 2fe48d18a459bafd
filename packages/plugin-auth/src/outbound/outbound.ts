import { createHash } from 'node:crypto'
import {
  aliasOf,
  type Endpoint,
  type Exchange,
  GatewayError,
  getHeader,
  type Logger,
  type PluginHost,
  type RouteHooks,
  removeHeader,
  setHeader,
} from '@postern/core'
import type { Challenges } from '../challenge.ts'
import type { AuthRouteOptions, ResolvedAuthOptions } from '../options.ts'
import { ClientCredentials } from './client-credentials.ts'
import type { Credential, HeaderValue } from './credential.ts'
import type { ResolvedOutboundCredentials } from './options.ts'
import { StaticHeader } from './static-header.ts'
import { TokenExchange } from './token-exchange.ts'

const UNAUTHORIZED = 401

/** Credentials that the gateway itself has for services: put on each attempt by where that goes, and nowhere else. */
export class Outbound {
  readonly #credentials: ReadonlyMap<string, Credential>
  readonly #challenges: Challenges

  private constructor(credentials: ReadonlyMap<string, Credential>, challenges: Challenges) {
    this.#credentials = credentials
    this.#challenges = challenges
  }

  /**
   * Makes the credentials, or takes those of the generation before; `undefined` when none are configured.
   * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID when a secret is missing.
   */
  static from(
    gateway: PluginHost<AuthRouteOptions | undefined>,
    options: ResolvedAuthOptions,
    challenges: Challenges,
  ): Outbound | undefined {
    const entries = Object.entries(options.outbound)
    if (entries.length === 0) return undefined
    return new Outbound(
      new Map(entries.map(([target, one]) => [target, keepCredential(gateway, target, one)])),
      challenges,
    )
  }

  /** Taps a route's hooks. */
  tap(hooks: RouteHooks): void {
    hooks.preSend.tap((exchange) => this.#authenticate(exchange))
    hooks.onAttemptEnd.tap((exchange) => this.#attemptEnded(exchange))
  }

  #authenticate(exchange: Exchange): GatewayError | undefined | Promise<GatewayError | undefined> {
    const credential = this.#credentialFor(exchange.endpoint)
    if (!credential) return undefined
    const value = credential.valueFor(exchange)
    if (!(value instanceof Promise)) return this.#write(exchange, credential, value)
    return value.then((settled) => this.#write(exchange, credential, settled))
  }

  #write(exchange: Exchange, { header }: Credential, value: HeaderValue): GatewayError | undefined {
    if (typeof value !== 'string') return this.#challenges.refuse(value)
    removeHeader(exchange.upstreamRequestHeaders, header, aliasOf)
    setHeader(exchange.upstreamRequestHeaders, header, value)
    return undefined
  }

  /** A token that its service refuses is not sent again. */
  #attemptEnded({ attempt, upstreamRequestHeaders }: Exchange): void {
    if (attempt?.status !== UNAUTHORIZED) return
    const credential = this.#credentialFor(attempt.endpoint)
    const value = credential && getHeader(upstreamRequestHeaders, credential.header)
    if (value !== undefined) credential?.refused(value)
  }

  /** By the endpoint that was picked, never by the route: a route may lead to several services. */
  #credentialFor(endpoint: Endpoint | null): Credential | undefined {
    if (!endpoint) return undefined
    const ofService = endpoint.service === '' ? undefined : this.#credentials.get(endpoint.service)
    return ofService ?? this.#credentials.get(endpoint.origin)
  }
}

/** Credentials outlive a reload that does not change them: their tokens are still good. */
function keepCredential(
  gateway: PluginHost<AuthRouteOptions | undefined>,
  target: string,
  options: ResolvedOutboundCredentials,
): Credential {
  const digest = createHash('sha256')
    .update(JSON.stringify([target, options]))
    .digest('base64url')
  try {
    return gateway.keep(`outbound ${digest}`, () => makeCredential(target, options, gateway.logger))
  } catch (cause) {
    throw new GatewayError('GW_PLUGIN_OPTIONS_INVALID', {
      message: (cause as Error).message,
      plugin: '@postern/plugin-auth',
      cause,
    })
  }
}

function makeCredential(target: string, options: ResolvedOutboundCredentials, logger: Logger): Credential {
  const place = `outbound[${JSON.stringify(target)}]`
  const { clientCredentials, tokenExchange, header } = options
  if (clientCredentials) return new ClientCredentials(clientCredentials, `${place}.clientCredentials`, logger)
  if (tokenExchange) return new TokenExchange(tokenExchange, target, `${place}.tokenExchange`, logger)
  return new StaticHeader(header as NonNullable<typeof header>, `${place}.header`, logger)
}

import { createHash } from 'node:crypto'
import {
  aliasOf,
  type Endpoint,
  type Exchange,
  type GatewayError,
  getHeader,
  type Kept,
  type Logger,
  type PluginHost,
  type RouteHooks,
  removeHeader,
  setHeader,
} from '@postern/core'
import type { Challenges } from '../challenge.ts'
import type { AuthCounts } from '../counts/auth-counts.ts'
import type { AuthRouteOptions, ResolvedAuthOptions } from '../options.ts'
import { invalidOptions } from '../problems.ts'
import { ClientCredentials } from './client-credentials.ts'
import type { Credential, HeaderValue } from './credential.ts'
import { MessageSigner } from './message-signature.ts'
import type { ResolvedOutboundCredentials } from './options.ts'
import { StaticHeader } from './static-header.ts'
import { TokenExchange } from './token-exchange.ts'

const UNAUTHORIZED = 401

/** What goes to one service or origin. */
interface Target extends Kept {
  readonly credential: Credential | undefined
  readonly signer: MessageSigner | undefined
}

/** Credentials that the gateway itself has for services: put on each attempt by where that goes, and nowhere else. */
export class Outbound {
  readonly #targets: ReadonlyMap<string, Target>

  private constructor(targets: ReadonlyMap<string, Target>) {
    this.#targets = targets
  }

  /**
   * Makes the credentials, or takes those of the generation before; `undefined` when none are configured.
   * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID when a secret is missing.
   */
  static from(
    gateway: PluginHost<AuthRouteOptions | undefined>,
    options: ResolvedAuthOptions,
    counts: AuthCounts,
  ): Outbound | undefined {
    const entries = Object.entries(options.outbound)
    if (entries.length === 0) return undefined
    return new Outbound(
      new Map(entries.map(([target, one]) => [target, keepTarget(gateway, target, one, counts)])),
    )
  }

  /**
   * Taps a route's hooks.
   * @param challenges make the route's refusals.
   */
  tap(hooks: RouteHooks, challenges: Challenges): void {
    hooks.preSend.tap((exchange) => this.#authenticate(exchange, challenges))
    hooks.onAttemptEnd.tap((exchange) => this.#attemptEnded(exchange))
  }

  #authenticate(
    exchange: Exchange,
    challenges: Challenges,
  ): GatewayError | undefined | Promise<GatewayError | undefined> {
    const { endpoint } = exchange
    const target = this.#targetFor(endpoint)
    if (!endpoint || !target) return undefined
    const value = target.credential?.valueFor(exchange)
    if (!(value instanceof Promise)) return this.#finish(exchange, endpoint, target, value, challenges)
    return value.then((settled) => this.#finish(exchange, endpoint, target, settled, challenges))
  }

  /** Writes the header, then signs what stands there. */
  #finish(
    exchange: Exchange,
    endpoint: Endpoint,
    { credential, signer }: Target,
    value: HeaderValue | undefined,
    challenges: Challenges,
  ): GatewayError | undefined | Promise<GatewayError | undefined> {
    if (credential && value !== undefined) {
      if (typeof value !== 'string') return challenges.refuse(value, false)
      removeHeader(exchange.upstreamRequestHeaders, credential.header, aliasOf)
      setHeader(exchange.upstreamRequestHeaders, credential.header, value)
    }
    return signer?.sign(exchange, endpoint)
  }

  /** A token that its service refuses is not sent again. */
  #attemptEnded(exchange: Exchange): void {
    const { attempt } = exchange
    if (attempt?.status !== UNAUTHORIZED) return
    const credential = this.#targetFor(attempt.endpoint)?.credential
    const value = credential && getHeader(exchange.upstreamRequestHeaders, credential.header)
    if (value !== undefined) credential?.refused(value, exchange)
  }

  /** By the endpoint that was picked, never by the route: a route may lead to several services. */
  #targetFor(endpoint: Endpoint | null): Target | undefined {
    if (!endpoint) return undefined
    const ofService = endpoint.service === '' ? undefined : this.#targets.get(endpoint.service)
    return ofService ?? this.#targets.get(endpoint.origin)
  }
}

/** Credentials outlive a reload that does not change them: their tokens are still good. */
function keepTarget(
  gateway: PluginHost<AuthRouteOptions | undefined>,
  target: string,
  options: ResolvedOutboundCredentials,
  counts: AuthCounts,
): Target {
  const digest = createHash('sha256')
    .update(JSON.stringify([target, options]))
    .digest('base64url')
  try {
    return gateway.keep(`outbound ${digest}`, () => makeTarget(target, options, counts, gateway.logger))
  } catch (cause) {
    throw invalidOptions((cause as Error).message, cause)
  }
}

function makeTarget(
  name: string,
  options: ResolvedOutboundCredentials,
  counts: AuthCounts,
  logger: Logger,
): Target {
  const place = `outbound[${JSON.stringify(name)}]`
  const { signature } = options
  const signer = signature && new MessageSigner(signature, `${place}.signature`, logger)
  const credential = makeCredential(name, options, place, counts, logger)
  return {
    credential,
    signer,
    close() {
      credential?.close()
      signer?.close()
    },
  }
}

function makeCredential(
  name: string,
  { clientCredentials, tokenExchange, header }: ResolvedOutboundCredentials,
  place: string,
  counts: AuthCounts,
  logger: Logger,
): Credential | undefined {
  if (clientCredentials)
    return new ClientCredentials(
      clientCredentials,
      `${place}.clientCredentials`,
      counts.outbound(name),
      logger,
    )
  if (tokenExchange) return new TokenExchange(tokenExchange, name, `${place}.tokenExchange`, counts, logger)
  return header && new StaticHeader(header, `${place}.header`, logger)
}

import { randomUUID } from 'node:crypto'
import type { Exchange } from '@postern/core'
import type { Principal } from '@postern/core/contracts'
import { signToken } from '../keys/sign-token.ts'
import type { ResolvedInternalTokenOptions } from './options.ts'
import type { SigningKeys } from './signing-keys.ts'
import { targetOf } from './target.ts'

/** Explicit typing (RFC 8725 section 3.11): no other kind of token passes for one of these, and the reverse. */
const TYPE = 'internal+jwt'
/** Tokens that are kept for one caller. More kinds of requests than this are signed anew. */
const MAX_KEPT = 64
/** Actors in a token, this gateway included. */
const MAX_ACTORS = 16

interface KeptToken {
  readonly token: string
  readonly reusableUntilMs: number
}

/**
 * Makes the tokens that tell services who is calling. A token is kept with its principal, which a scheme shares between
 * requests with the same credentials: it goes when those go, and no other caller can ever meet it.
 */
export class InternalTokens {
  readonly #options: ResolvedInternalTokenOptions
  readonly #keys: SigningKeys
  readonly #reuseMs: number
  readonly #trusted: ReadonlySet<string>
  readonly #kept = new WeakMap<Principal, Map<string, KeptToken>>()

  constructor(options: ResolvedInternalTokenOptions, keys: SigningKeys) {
    this.#options = options
    this.#keys = keys
    this.#reuseMs = options.reuseMs ?? Math.floor(options.lifetimeMs / 2)
    this.#trusted = new Set(options.trustedGateways ?? [options.issuer])
  }

  /** The token for one attempt. */
  for(caller: Principal, exchange: Exchange): string {
    const target = targetOf(exchange)
    const audience = this.#options.audiences[target] ?? target
    const route = exchange.route?.id ?? ''
    const nowMs = Date.now()
    if (this.#reuseMs === 0) return this.#sign(caller, audience, exchange.method, route, nowMs).token
    let kept = this.#kept.get(caller)
    if (!kept) {
      kept = new Map()
      this.#kept.set(caller, kept)
    }
    const name = `${exchange.method} ${route} ${audience}`
    const known = kept.get(name)
    if (known && nowMs < known.reusableUntilMs) return known.token
    const made = this.#sign(caller, audience, exchange.method, route, nowMs)
    if (kept.size >= MAX_KEPT) kept.clear()
    kept.set(name, made)
    return made.token
  }

  #sign(caller: Principal, audience: string, method: string, route: string, nowMs: number): KeptToken {
    const { issuer, lifetimeMs, claims: copied } = this.#options
    const iat = Math.floor(nowMs / 1_000)
    const life = Math.ceil(lifetimeMs / 1_000)
    const { exp: callersEnd, client_id: client, azp } = caller.claims
    // What the gateway says about a caller must not be worth more than what the caller brought.
    const exp =
      typeof callersEnd === 'number'
        ? Math.max(iat + 1, Math.min(iat + life, Math.floor(callersEnd)))
        : iat + life
    const claims: Record<string, unknown> = {}
    for (const name of copied) {
      if (Object.hasOwn(caller.claims, name)) claims[name] = caller.claims[name]
    }
    Object.assign(claims, {
      iss: issuer,
      sub: caller.id,
      sub_id: this.#subjectId(caller),
      client_id: typeof client === 'string' ? client : typeof azp === 'string' ? azp : undefined,
      act: actors([issuer, ...caller.via]),
      aud: audience,
      scope: caller.scopes.length > 0 ? caller.scopes.join(' ') : undefined,
      htm: method,
      route,
      iat,
      exp,
      jti: randomUUID(),
    })
    const { current } = this.#keys
    const token = signToken(
      { alg: current.algorithm, kid: current.kid, typ: TYPE },
      claims,
      current.privateKey,
    )
    return { token, reusableUntilMs: Math.min(nowMs + this.#reuseMs, exp * 1_000 - lifetimeMs / 4) }
  }

  /**
   * Who vouched for the caller first (RFC 9493 section 3.2.2): `sub` is unique only within that issuer, and `iss` is the
   * gateway from here on. Of a gateway that is not trusted its own word counts, not what it says that others said.
   */
  #subjectId(caller: Principal): unknown {
    if (caller.issuer === undefined) return undefined
    const passedOn = caller.claims['sub_id']
    if (this.#trusted.has(caller.issuer) && typeof passedOn === 'object' && passedOn !== null) return passedOn
    return { format: 'iss_sub', iss: caller.issuer, sub: caller.id }
  }
}

/** Who acts for the subject, this gateway outermost (RFC 8693 section 4.1). */
function actors(names: readonly string[]): object | undefined {
  let act: object | undefined
  for (const sub of names.slice(0, MAX_ACTORS).reverse()) act = act ? { sub, act } : { sub }
  return act
}

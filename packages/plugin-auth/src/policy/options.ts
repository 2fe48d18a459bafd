import type { Exchange } from '@postern/core'
import type { Principal, PrincipalKind } from '@postern/core/contracts'
import type { SchemeName } from '../schemes/scheme.ts'

/**
 * `authenticated`: the caller has to prove who it is. `public`: nobody is asked, credentials are not looked at, and the
 * request has no principal.
 */
export type RouteAccess = 'public' | 'authenticated'

/** A value that a claim may be compared with. Types count: the number 1 is not the text `1`. */
export type ClaimValue = string | number | boolean

/**
 * What one claim of the caller has to be; say exactly one of `equals`, `oneOf`, `includes` and `matches`. **A claim that is
 * missing never satisfies a rule.**
 */
export interface ClaimRule {
  /** Name of the claim, or the path to one inside of others: `['realm_access', 'roles']`. A name is never split at dots. */
  readonly claim: string | readonly string[]
  /** Value that the claim must be. */
  readonly equals?: ClaimValue | undefined
  /** Values of which the claim must be one. */
  readonly oneOf?: readonly ClaimValue[] | undefined
  /** Value that the claim, an array, must hold. */
  readonly includes?: ClaimValue | undefined
  /** Form of the text that the claim must be; `*` stands for any characters, also none: `team-*`. */
  readonly matches?: string | undefined
}

/** Callers of one form. Everything that is said must hold; at least one thing must be said. */
export interface CallerRule {
  /** The principal's id; `*` stands for any characters, also none: `spiffe://prod/*`. Default: any. */
  readonly id?: string | undefined
  /** Who vouches for it, `*` as in `id`. **A caller for whom nobody vouches never fits.** Default: anybody or nobody. */
  readonly issuer?: string | undefined
  /** How it proved itself. Default: in any way that the route accepts. */
  readonly scheme?: SchemeName | undefined
}

/**
 * A decision in code, asked last. `true` lets the caller pass; `false`, or a reason in words, refuses it. The reason goes
 * to the log and never to the client. A check that throws, rejects or takes longer than `timeouts.pluginMs` refuses with
 * 503.
 */
export type CallerCheck = (
  caller: Principal,
  exchange: Exchange,
) => boolean | string | Promise<boolean | string>

/** Who may use a route. Everything that is said must hold. */
export interface RoutePolicyOptions {
  /** Whether callers have to prove who they are: `authenticated`, or `public` for a route that asks nobody. Default: `authenticated`. */
  readonly access?: RouteAccess | undefined
  /**
   * Ways in which callers may prove who they are. **Credentials of any other kind are not looked at**: a request that has
   * only such ones gets 401. Default: all that are configured.
   */
  readonly schemes?: readonly SchemeName[] | undefined
  /** Scopes that a caller must hold, all of them; else 403. Default: none. */
  readonly scopes?: readonly string[] | undefined
  /** Scopes of which a caller must hold at least one; else 403. Default: none. */
  readonly anyScope?: readonly string[] | undefined
  /** Audiences of which the token's `aud` must hold one, beside what its issuer's `audience` asks; else 403. Default: not checked. */
  readonly audiences?: readonly string[] | undefined
  /** What claims of the caller have to be, all of it; else 403. Default: nothing. */
  readonly claims?: readonly ClaimRule[] | undefined
  /**
   * Who may call: a caller has to fit at least one; else 403. A text is short for `{ id: … }`. An id is unique only within
   * its issuer: where tokens of several issuers are accepted, each rule has to say whose caller it means. Default: every
   * caller.
   */
  readonly callers?: readonly (string | CallerRule)[] | undefined
  /** What a caller may be: `service`, `user`; else 403. Default: both. */
  readonly kinds?: readonly PrincipalKind[] | undefined
  /** A decision in code, after all others. Default: none. */
  readonly check?: CallerCheck | undefined
}

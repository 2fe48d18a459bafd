import * as v from 'valibot'
import { type HashKey, hashKey } from './balance-options.ts'
import { conditions, type RouteMatch } from './match-options.ts'
import { optionsOf } from './option-docs.ts'
import { oneOf, textOr } from './text-or.ts'
import { text } from './values.ts'

/** One service of a split. */
export interface SplitPart {
  /** Name of a service in `services`. */
  readonly to: string
  /** Its share against the other parts'. 0 gives it nothing; not all may be 0. */
  readonly weight: number
}

/** Several services, each with a share of the exchanges. */
export interface SplitTarget {
  /** The services, each once. */
  readonly split: readonly SplitPart[]
  /**
   * The same value, the same service, in every replica and after every reload; a changed weight moves as few values as
   * it can. Exchanges without the value, and all by default, go by chance.
   */
  readonly by?: HashKey | undefined
}

/** What a request must look like for a rule, beyond what the route asks. At least one field; all must fit. */
export interface TargetCondition {
  /** Headers, as in `match.headers`. Default: any. */
  readonly headers?: RouteMatch['headers']
  /** Parameters of the query, as in `match.query`. Default: any. */
  readonly query?: RouteMatch['query']
  /**
   * Who calls, one or several of which one must be it: the id of the principal that a guard verified. Where no guard did,
   * the client's address. Default: any.
   */
  readonly caller?: string | readonly string[] | undefined
  /**
   * Who vouches for the principal, one or several of which one must be it: the issuer of its token, as its guard says. The id of
   * a principal is unique only within its issuer: name both where several issuers are accepted. Default: any.
   */
  readonly issuer?: string | readonly string[] | undefined
  /**
   * How the principal proved itself, one or several of which one must be it: `jwt`, `mtls`, as its guard says. Where no guard
   * has verified one, no scheme fits. Default: any.
   */
  readonly scheme?: string | readonly string[] | undefined
  /** Scopes of which the principal must hold all. Where no guard has verified one, none is held. Default: none. */
  readonly scopes?: string | readonly string[] | undefined
}

/** A condition and where it leads. */
export interface TargetRule {
  /** What a request must look like. */
  readonly when: TargetCondition
  /** A service, or a split. */
  readonly to: string | SplitTarget
}

/** A target that depends on the request. The guards have run by then. */
export interface RulesTarget {
  /** Looked at in their order: the first that fits leads. */
  readonly rules: readonly TargetRule[]
  /** Where everything else goes: a service, or a split. */
  readonly otherwise: string | SplitTarget
}

/** Where a route leads: a service by name, several by weight, or by what the request says. */
export type RouteTarget = string | SplitTarget | RulesTarget

const split = optionsOf('SplitTarget', {
  split: v.pipe(
    v.array(
      optionsOf('SplitPart', {
        to: text,
        weight: v.pipe(v.number(), v.minValue(0), v.maxValue(1_000_000)),
      }),
    ),
    v.minLength(1, 'Expected at least one service'),
  ),
  by: v.optional(hashKey),
})

const serviceOrSplit = textOr(text, split)

const oneOrSeveral = (what: string) =>
  v.union([text, v.pipe(v.array(text), v.minLength(1, `Expected at least one ${what}`))])

const rules = optionsOf('RulesTarget', {
  rules: v.pipe(
    v.array(
      optionsOf('TargetRule', {
        when: optionsOf('TargetCondition', {
          headers: v.optional(conditions),
          query: v.optional(conditions),
          caller: v.optional(oneOrSeveral('caller')),
          issuer: v.optional(oneOrSeveral('issuer')),
          scheme: v.optional(oneOrSeveral('scheme')),
          scopes: v.optional(oneOrSeveral('scope')),
        }),
        to: serviceOrSplit,
      }),
    ),
    v.minLength(1, 'Expected at least one rule'),
  ),
  otherwise: serviceOrSplit,
})

/** The form that was meant decides which of the two the errors speak of. */
const splitOrRules = oneOf<v.GenericSchema<SplitTarget> | v.GenericSchema<RulesTarget>>(
  [split, rules],
  (input) =>
    typeof input === 'object' && input !== null && ('rules' in input || 'otherwise' in input) ? rules : split,
)

/** Schema of `RouteTarget`. */
export const targetSchema: v.GenericSchema<RouteTarget> = textOr(v.string(), splitOrRules)

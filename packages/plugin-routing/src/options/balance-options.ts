import * as v from 'valibot'
import { optionsOf } from './option-docs.ts'
import { textOr } from './text-or.ts'
import { token } from './values.ts'

/**
 * What is hashed of an exchange; one that lacks it is balanced by `p2c`. `caller` is `exchange.caller`: the id of the
 * verified principal, the client's address where no guard has verified one. `client-address` is the client's address,
 * behind trusted proxies too; the caller seat has none.
 */
export type HashKey = 'caller' | 'client-address' | HashHeader | HashCookie

/** A request header to hash. */
export interface HashHeader {
  /** Its name, without case. Of several lines the first counts. */
  readonly header: string
}

/** A cookie to hash. */
export interface HashCookie {
  /** Its name, with case. */
  readonly cookie: string
}

/** Consistent hash: exchanges with the same key go to the same endpoint, as long as its load allows it. */
export interface HashBalance {
  /** What is hashed. */
  readonly hash: HashKey
  /**
   * How many times the mean load, by weight, an endpoint may have; more of its keys go to their next best endpoint
   * meanwhile. At least 1; a large number for keys that must never move. Default: 1.25.
   */
  readonly boundedLoad?: number | undefined
}

/**
 * How an endpoint is chosen. `p2c`, power of two choices: two are drawn by weight, the one with less in flight for its
 * weight is taken. `least-requests`: of all, the one with the least in flight for its weight. `round-robin`: they take
 * turns, smoothly interleaved by weight. Or by consistent hash.
 */
export type Balance = 'p2c' | 'least-requests' | 'round-robin' | HashBalance

/** Schema of `HashKey`. */
export const hashKey: v.GenericSchema<HashKey> = textOr(
  v.picklist(['caller', 'client-address']),
  v.union(
    [optionsOf('HashHeader', { header: token }), optionsOf('HashCookie', { cookie: token })],
    'Expected "caller", "client-address", { header } or { cookie }',
  ),
)

/** Schema of `Balance`. */
export const balanceSchema = textOr(
  v.picklist(['p2c', 'least-requests', 'round-robin']),
  optionsOf('HashBalance', { hash: hashKey, boundedLoad: v.optional(v.pipe(v.number(), v.minValue(1))) }),
)

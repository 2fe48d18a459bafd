import type { Exchange } from '@postern/core'
import { principal } from '@postern/core/contracts'
import { printable } from './printable.ts'
import type { TokenSeen } from './token-seen.ts'

/**
 * What is known of a caller. `principal`: it has proved who it is. `client`: the service that has proved to act for a
 * person, whose own name is not kept. `address`: nobody verified it, it is the client's address. `claimed`: what its token
 * says, **unverified**. `unknown`: not even that. `others`: callers for whom there was no room.
 */
export type CensusCallerKind = 'principal' | 'client' | 'address' | 'claimed' | 'unknown' | 'others'

/** Who called. */
export interface CensusCaller {
  /** Its name; empty when unknown. */
  readonly caller: string
  /** What the name is. */
  readonly callerKind: CensusCallerKind
  /** Whose its token is by the token's own words, where nobody verified it: many may share one address. */
  readonly claimedBy?: string
}

/** Callers that are the same have the same. */
export function callerKey({ callerKind, caller, claimedBy = '' }: CensusCaller): string {
  return `${callerKind} ${caller} ${claimedBy}`
}

/** The caller of rows that all have the same. */
export function callerIn(rows: readonly CensusCaller[]): CensusCaller {
  const { caller, callerKind, claimedBy } = rows[0] as CensusCaller
  return { caller, callerKind, ...(claimedBy === undefined ? {} : { claimedBy }) }
}

/** Who makes a request: the best that is known. */
export function callerOf(exchange: Exchange, token: TokenSeen | undefined): CensusCaller {
  const verified = exchange.get(principal)
  if (verified) {
    const { client_id: clientId, azp } = verified.claims
    const client = verified.kind === 'user' ? (printable(clientId) ?? printable(azp)) : undefined
    if (client !== undefined) return { caller: client, callerKind: 'client' }
    return { caller: printable(verified.id) ?? '', callerKind: 'principal' }
  }
  const { clientAddress: address } = exchange
  const claimedBy = token?.claimedBy
  if (claimedBy === undefined) return { caller: address, callerKind: address === '' ? 'unknown' : 'address' }
  return address === ''
    ? { caller: claimedBy, callerKind: 'claimed' }
    : { caller: address, callerKind: 'address', claimedBy }
}

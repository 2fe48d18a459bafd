import { type Exchange, setHeader } from '@postern/core'
import { principal } from '@postern/core/contracts'
import type { IdentityHeaderOptions } from '../options.ts'

/** The header names in use, for `ownsRequestHeaders`. */
export function identityHeaderNames(names: IdentityHeaderOptions): readonly string[] {
  return [names.subject, names.issuer, names.scopes].filter((name) => name !== undefined)
}

/**
 * Makes the tap that tells the upstream who is calling; `undefined` when no header is wanted. Values are safe to send:
 * a token whose `sub` is not printable ASCII never became a principal.
 */
export function identityHeaderWriter(
  names: IdentityHeaderOptions,
): ((exchange: Exchange) => void) | undefined {
  if (identityHeaderNames(names).length === 0) return undefined
  return (exchange) => {
    const caller = exchange.get(principal)
    if (!caller) return
    const headers = exchange.upstreamRequestHeaders
    if (names.subject !== undefined) setHeader(headers, names.subject, caller.id)
    if (names.issuer !== undefined && caller.issuer !== undefined)
      setHeader(headers, names.issuer, caller.issuer)
    if (names.scopes !== undefined) setHeader(headers, names.scopes, caller.scopes.join(' '))
  }
}

import type { Exchange } from '@postern/core'
import { principal } from '@postern/core/contracts'
import { decidedHeaders } from '../schemes/forward-auth/decision.ts'
import { CREDENTIAL_HEADERS, removeHeaders } from './credential-headers.ts'

/** Gives the upstream what the decision service said about the caller; undefined when it gets nothing. */
export function decidedHeaderWriter(names: readonly string[]): ((exchange: Exchange) => void) | undefined {
  if (names.length === 0) return undefined
  // The plugin owns the others: core removes the client's copies of them.
  const credentials = names.filter((name) => CREDENTIAL_HEADERS.includes(name))
  return (exchange) => {
    const caller = exchange.get(principal)
    const headers = exchange.upstreamRequestHeaders
    const decided = caller && decidedHeaders(caller)
    removeHeaders(headers, credentials)
    if (decided) headers.push(...decided)
  }
}

import { JWT_ALGORITHMS } from '../verify/jwt-options.ts'
import type { AuthorizationForm } from './authorization-form.ts'

const ALGORITHMS = new Set<string>([...JWT_ALGORITHMS, 'HS256', 'HS384', 'HS512', 'none'])

const WORDS: Readonly<Record<string, string>> = { repeated: 'several', 'opaque-token': 'bearer-opaque' }

/**
 * Which scheme a request uses, for the verdict in `observe` mode: `none`, `several`, `basic` and other well-known names,
 * `other`, `bearer-opaque`, or `bearer-jwt iss=… alg=…`. Never a secret: an issuer is named only when it is configured.
 */
export function describeCredentials({ kind, head }: AuthorizationForm, issuers: ReadonlySet<string>): string {
  if (!head) return WORDS[kind] ?? kind
  const issuer = head.issuer !== undefined && issuers.has(head.issuer) ? head.issuer : 'other'
  return `bearer-jwt iss=${issuer} alg=${ALGORITHMS.has(head.alg) ? head.alg : 'other'}`
}

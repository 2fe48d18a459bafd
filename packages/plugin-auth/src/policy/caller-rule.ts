import type { Principal } from '@postern/core/contracts'
import { globTest } from './glob.ts'
import type { CallerRule } from './options.ts'

/** Makes a test of callers. */
export function callerTest(given: string | CallerRule): (caller: Principal) => boolean {
  const { id, issuer, scheme } = typeof given === 'string' ? { id: given } : given
  const fitsId = id === undefined ? undefined : globTest(id)
  const fitsIssuer = issuer === undefined ? undefined : globTest(issuer)
  return (caller) =>
    (scheme === undefined || caller.scheme === scheme) &&
    (!fitsId || fitsId(caller.id)) &&
    (!fitsIssuer || (caller.issuer !== undefined && fitsIssuer(caller.issuer)))
}

import type { Member } from '../balancing/member.ts'

/**
 * Whether one more endpoint may be ejected. One always may be.
 * @param maxShare the largest share of all that may be ejected at once.
 */
export function mayEjectOneMore(members: readonly Member[], maxShare: number): boolean {
  let ejected = 0
  for (const { health } of members) if (health.ejectedUntilMs > 0) ejected++
  return ejected === 0 || ejected + 1 <= maxShare * members.length
}

/** While this much of a zone's weight is usable, the rest of the zone carries its traffic. */
const ENOUGH = 0.7

/**
 * How much of all traffic a zone can carry, 0 to 1.
 * @param usable weight of its endpoints that can be used.
 * @param whole weight of all of them.
 */
export function capacityOf(usable: number, whole: number): number {
  return Math.min(1, usable / (ENOUGH * whole))
}

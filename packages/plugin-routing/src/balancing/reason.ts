/** Why an endpoint was chosen, in words from a fixed list: what `exchange.endpointReason` says, and attempts keep. */

/** What narrowed or widened a choice, as bits. */
export const NARROWED = {
  /** Only the gateway's own zone. */
  zone: 1,
  /** Another zone: the own one has none that is left, or cannot carry all of it. */
  spilled: 2,
  /** Without those that the exchange has tried. */
  retry: 4,
  /** Without those that are sick. */
  sick: 8,
  /** Without those that have as much as the route allows. */
  full: 16,
  /** The sick as well, since so few others are left. */
  panic: 32,
  /** Those that were left out as well, since nobody else is left. */
  left: 64,
} as const

const NAMES = Object.keys(NARROWED) as (keyof typeof NARROWED)[]

/** By policy and bits. There are few of them, and each is made once. */
const texts = new Map<string, string[]>()

/** The policy's word, and what narrowed its choice: `p2c`, `p2c zone`, `hash retry sick`. */
export function reasonText(policy: string, narrowed: number): string {
  if (narrowed === 0) return policy
  let ofPolicy = texts.get(policy)
  if (ofPolicy === undefined) {
    ofPolicy = []
    texts.set(policy, ofPolicy)
  }
  const known = ofPolicy[narrowed]
  if (known !== undefined) return known
  const made = [policy, ...NAMES.filter((name) => (narrowed & NARROWED[name]) !== 0)].join(' ')
  ofPolicy[narrowed] = made
  return made
}

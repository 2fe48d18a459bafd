/** Hashes for consistent hashing: not for secrets. Without a random seed, so that all replicas of a gateway agree. */

/** Hashes text, or the part of it from `from` up to `to`, to 32 bits: FNV-1a over UTF-16 units, then `mix`. */
export function hashText(text: string, from = 0, to: number = text.length): number {
  let hash = 0x811c9dc5
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return mix(hash)
}

/** Spreads 32 bits so that each bit of the input moves half of the output: the finaliser of MurmurHash3. */
export function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

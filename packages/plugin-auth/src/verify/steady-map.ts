import { randomInt } from 'node:crypto'

/** Its own in each process: nobody outside knows which keys fall on one place. */
const SEED = randomInt(0x7fffffff)

/**
 * A map for what comes and goes with requests. V8 replaces the table of a `Map` whenever it is full of removed entries, and keeps
 * everything that a replaced table held until the next full collection (decision 0010). The tables here grow with the most
 * entries that there ever were at once, and are never replaced otherwise.
 *
 * Each entry has a slot, a small number, for as long as it stays; slots that became free are taken first. Slots are found by
 * hashing with linear probing.
 */
export class SteadyMap<TValue> {
  readonly #keys: string[] = []
  readonly #values: (TValue | undefined)[] = []
  readonly #hashes: number[] = []
  readonly #free: number[] = []
  /** By place: one more than a slot, 0 where there is none. At most half of them are taken. */
  #places = new Int32Array(16)

  /** How many entries there are. */
  get size(): number {
    return this.#keys.length - this.#free.length
  }

  /** How many slots there are, free ones included. */
  get slots(): number {
    return this.#keys.length
  }

  /** The key in a slot; empty for one that is free. */
  keyAt(slot: number): string {
    return this.#keys[slot] as string
  }

  /** The value in a slot. */
  valueAt(slot: number): TValue | undefined {
    return this.#values[slot]
  }

  /** The value of a key. */
  get(key: string): TValue | undefined {
    const place = this.#find(key, hashOf(key))
    return place === -1 ? undefined : this.#values[(this.#places[place] as number) - 1]
  }

  /** Puts a value in, or in the place of the one before. */
  set(key: string, value: TValue): void {
    const hash = hashOf(key)
    const known = this.#find(key, hash)
    if (known !== -1) {
      this.#values[(this.#places[known] as number) - 1] = value
      return
    }
    const slot = this.#free.pop() ?? this.#keys.length
    this.#keys[slot] = key
    this.#values[slot] = value
    this.#hashes[slot] = hash
    if (this.#keys.length * 2 > this.#places.length) this.#grow()
    else this.#place(slot)
  }

  /** Takes an entry out, and says whether there was one. */
  delete(key: string): boolean {
    const place = this.#find(key, hashOf(key))
    if (place === -1) return false
    const slot = (this.#places[place] as number) - 1
    this.#keys[slot] = ''
    this.#values[slot] = undefined
    this.#free.push(slot)
    this.#close(place)
    return true
  }

  /** Takes everything out. */
  clear(): void {
    this.#keys.length = this.#values.length = this.#hashes.length = this.#free.length = 0
    this.#places.fill(0)
  }

  #find(key: string, hash: number): number {
    const places = this.#places
    const mask = places.length - 1
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const slot = (places[place] as number) - 1
      if (slot === -1) return -1
      if (this.#hashes[slot] === hash && this.#keys[slot] === key) return place
    }
  }

  #place(slot: number): void {
    const places = this.#places
    const mask = places.length - 1
    let place = (this.#hashes[slot] as number) & mask
    while (places[place] !== 0) place = (place + 1) & mask
    places[place] = slot + 1
  }

  /** Closes a gap: whoever stands behind it because its own place was taken moves up. */
  #close(gap: number): void {
    const places = this.#places
    const mask = places.length - 1
    let empty = gap
    for (let place = (gap + 1) & mask; places[place] !== 0; place = (place + 1) & mask) {
      const home = (this.#hashes[(places[place] as number) - 1] as number) & mask
      if (((place - home) & mask) < ((place - empty) & mask)) continue
      places[empty] = places[place] as number
      empty = place
    }
    places[empty] = 0
  }

  /** Called when no slot is free. */
  #grow(): void {
    this.#places = new Int32Array(this.#places.length * 2)
    for (let slot = 0; slot < this.#keys.length; slot++) this.#place(slot)
  }
}

/** FNV-1a of 64 characters at most, from all over the key; its upper bits folded into those that choose the place. */
function hashOf(key: string): number {
  const stride = 1 + (key.length >> 6)
  let hash = SEED
  for (let i = SEED % stride; i < key.length; i += stride)
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  // A small integer for V8.
  return (hash ^ (hash >>> 15)) & 0x3fffffff
}

/** Numbers from a seed: the same seed gives the same run, and a case is drawn from its own number alone. */
export class Random {
  #state: number

  /** @param seed any numbers; together they decide everything that follows. */
  constructor(...seed: readonly number[]) {
    this.#state = 0x9e3779b9
    for (const part of seed) {
      this.#state = Math.imul(this.#state ^ (part >>> 0), 0x85ebca6b) ^ Math.floor(part / 2 ** 32)
      this.next()
    }
  }

  /** From 0, below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number, both ends included. */
  int(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  /** A whole number whose size, not its value, is even: as many between 1 and 10 as between 10 and 100. */
  size(least: number, most: number): number {
    return Math.round(least * (most / least) ** this.next())
  }

  /** True so often: 0 never, 1 always. */
  chance(share: number): boolean {
    return this.next() < share
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.int(0, list.length - 1)] as T
  }
}

/** Above so many different words, all others are one. Codes and reasons come from programs, so there are a few dozen. */
const MAX_WORDS = 1_023
/** What stands for those. */
const OTHER = '_OTHER'

/** Gives words small numbers, which fit into the key of a series. */
export class Words {
  readonly #numbers = new Map<string, number>()

  /** 1 to 1023; 0 for the empty word. */
  number(word: string): number {
    if (word === '') return 0
    const known = this.#numbers.get(word)
    if (known !== undefined) return known
    if (this.#numbers.size >= MAX_WORDS - 1) return MAX_WORDS
    this.#numbers.set(word, this.#numbers.size + 1)
    return this.#numbers.size
  }

  /** The word as it may stand in an attribute. */
  attribute(word: string): string {
    return this.number(word) === MAX_WORDS ? OTHER : word
  }
}

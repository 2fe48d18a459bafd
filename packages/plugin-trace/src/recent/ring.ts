/** Records of numbers and texts in one piece of memory that never grows: a new record takes the place of the oldest ones. */

const WORD_BYTES = 8
/** Words before a record's numbers: links to its neighbours, and how much of what it holds. */
const HEAD_WORDS = 3
const NONE = 0xffff_ffff
/** Longest text, in UTF-16 units; what is longer is cut. */
const MAX_TEXT = 512
/** All texts of a record together. */
const MAX_TEXTS = 8_192
/** Most numbers, and most texts, of a record. */
const MAX_ITEMS = 256
/** Of one UTF-16 unit. */
const MAX_UTF8_BYTES = 3

/** Least memory that takes the longest record. */
export const MIN_RING_BYTES = 65_536

/** The memory of a ring, in the forms in which it is read and written. */
class Memory {
  readonly buffer: Buffer
  readonly doubles: Float64Array
  readonly links: Uint32Array
  readonly lengths: Uint16Array

  constructor(bytes: number) {
    const memory = new ArrayBuffer(bytes - (bytes % WORD_BYTES))
    this.buffer = Buffer.from(memory)
    this.doubles = new Float64Array(memory)
    this.links = new Uint32Array(memory)
    this.lengths = new Uint16Array(memory)
  }
}

/** A record where it lies: nothing is read of it that nobody asks for. Not to be read after another was added. */
export class StoredRecord {
  readonly #memory: Memory
  readonly #at: number
  #text: string | undefined

  /** @param at its place, in words. */
  constructor(memory: Memory, at: number) {
    this.#memory = memory
    this.#at = at
  }

  /** How many numbers it has. */
  get numberCount(): number {
    return this.#memory.links[this.#at * 2 + 2] as number
  }

  /** The number that was added as the nth, from 0. */
  number(index: number): number {
    return this.#memory.doubles[this.#at + HEAD_WORDS + index] as number
  }

  /** The text that was added as the nth, from 0. */
  text(index: number): string {
    const { lengths } = this.#memory
    const lengthsAt = (this.#at + HEAD_WORDS + this.numberCount) * 4
    let start = 0
    for (let i = 0; i < index; i++) start += lengths[lengthsAt + i] as number
    this.#text ??= this.#decode()
    return this.#text.slice(start, start + (lengths[lengthsAt + index] as number))
  }

  #decode(): string {
    const { buffer, links } = this.#memory
    const texts = links[this.#at * 2 + 3] as number
    const from = (this.#at + HEAD_WORDS + this.numberCount + Math.ceil(texts / 4)) * WORD_BYTES
    return buffer.toString('utf8', from, from + (links[this.#at * 2 + 4] as number))
  }
}

/**
 * The ring. Everything is copied into it: no string and no object stays alive for a record, and none is made that the garbage
 * collector would have to look at (decision 0039).
 */
export class RecordRing {
  /** Size of its memory, in bytes. */
  readonly bytes: number
  readonly #memory: Memory
  /** Places of records, in words. */
  #oldest = NONE
  #newest = NONE
  #next = 0
  #count = 0
  /** The record that is being made. */
  readonly #numbers = new Float64Array(MAX_ITEMS)
  readonly #textLengths = new Uint16Array(MAX_ITEMS)
  #numberCount = 0
  #textCount = 0
  #text = ''

  /** @param bytes at least `MIN_RING_BYTES`. */
  constructor(bytes: number) {
    this.#memory = new Memory(bytes)
    this.bytes = this.#memory.buffer.length
  }

  /** How many records there are. */
  get count(): number {
    return this.#count
  }

  /** The oldest record; `undefined` without any. */
  get oldest(): StoredRecord | undefined {
    return this.#count === 0 ? undefined : new StoredRecord(this.#memory, this.#oldest)
  }

  /** Begins a record. What is left of one that was not committed, since something threw, goes. */
  begin(): void {
    this.#numberCount = this.#textCount = 0
    this.#text = ''
  }

  /** Adds a number to the record that is being made. */
  number(value: number): void {
    if (this.#numberCount < MAX_ITEMS) this.#numbers[this.#numberCount++] = value
  }

  /** Adds a text to the record that is being made. What is too long is cut, and ends in `…`. */
  text(value: string): void {
    if (this.#textCount === MAX_ITEMS) return
    const { length } = value
    // Most that may be there are not.
    if (length === 0) {
      this.#textLengths[this.#textCount++] = 0
      return
    }
    const room = Math.min(MAX_TEXT, MAX_TEXTS - this.#text.length)
    const kept = length <= room ? value : cut(value, room)
    this.#textLengths[this.#textCount++] = kept.length
    this.#text += kept
  }

  /** Ends the record that is being made, in place of the oldest ones. */
  commit(): void {
    const numbers = this.#numberCount
    const texts = this.#textCount
    const textAt = HEAD_WORDS + numbers + Math.ceil(texts / 4)
    const { buffer, doubles, lengths, links } = this.#memory
    const at = this.#makeRoom(textAt + Math.ceil((this.#text.length * MAX_UTF8_BYTES) / WORD_BYTES))
    for (let i = 0; i < numbers; i++) doubles[at + HEAD_WORDS + i] = this.#numbers[i] as number
    const lengthsAt = (at + HEAD_WORDS + numbers) * 4
    for (let i = 0; i < texts; i++) lengths[lengthsAt + i] = this.#textLengths[i] as number
    const written = buffer.write(this.#text, (at + textAt) * WORD_BYTES, 'utf8')
    const link = at * 2
    links[link] = this.#newest
    links[link + 1] = NONE
    links[link + 2] = numbers
    links[link + 3] = texts
    links[link + 4] = written
    if (this.#newest === NONE) this.#oldest = at
    else links[this.#newest * 2 + 1] = at
    this.#newest = at
    this.#next = at + textAt + Math.ceil(written / WORD_BYTES)
    this.#count++
    // The text is in the memory now: nothing is to be kept alive by it.
    this.#text = ''
  }

  /** The records, newest first. Not to be gone on with after another was added. */
  *newestFirst(): Generator<StoredRecord, void> {
    let at = this.#newest
    for (let left = this.#count; left > 0; left--) {
      yield new StoredRecord(this.#memory, at)
      at = this.#memory.links[at * 2] as number
    }
  }

  /** A place for so many words in a row; records that stand there go. */
  #makeRoom(words: number): number {
    let at = this.#next
    if (at + words > this.#memory.doubles.length) {
      // What lies behind here is older than what lies at the start.
      while (this.#count > 0 && this.#oldest >= at) this.#dropOldest()
      at = 0
    }
    while (this.#count > 0 && this.#oldest >= at && this.#oldest < at + words) this.#dropOldest()
    return at
  }

  #dropOldest(): void {
    this.#oldest = this.#memory.links[this.#oldest * 2 + 1] as number
    if (--this.#count === 0) this.#newest = NONE
  }
}

function cut(text: string, room: number): string {
  return room === 0 ? '' : `${text.slice(0, room - 1)}…`
}

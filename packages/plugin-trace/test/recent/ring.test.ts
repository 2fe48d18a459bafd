/** The memory that recent exchanges are kept in. */
import { describe, expect, it } from 'vitest'
import { MIN_RING_BYTES, RecordRing, type StoredRecord } from '../../src/recent/ring.ts'

interface Plain {
  readonly numbers: readonly number[]
  readonly texts: readonly string[]
}

function add(ring: RecordRing, { numbers, texts }: Plain): void {
  ring.begin()
  for (const number of numbers) ring.number(number)
  for (const text of texts) ring.text(text)
  ring.commit()
}

function plain(record: StoredRecord, like: Plain): Plain {
  return {
    numbers: like.numbers.map((_, i) => record.number(i)),
    texts: like.texts.map((_, i) => record.text(i)),
  }
}

/** The same numbers in every run: a linear congruential generator. */
function chance(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const LETTERS = ['a', 'é', '€', '😀', '\0', '\n']

describe('the ring', () => {
  it.each([1, 2, 3, 4, 5])('gives back the newest records as they were, newest first (seed %i)', (seed) => {
    const random = chance(seed)
    const ring = new RecordRing(MIN_RING_BYTES)
    const written: Plain[] = []
    for (let i = 0; i < 3_000; i++) {
      const record = {
        numbers: Array.from({ length: random(30) }, () => random(1e9) / 7),
        texts: Array.from({ length: random(30) }, () =>
          (LETTERS[random(LETTERS.length)] as string).repeat(random(random(10) === 0 ? 256 : 20)),
        ),
      }
      add(ring, record)
      written.push(record)
      if (i % 100 !== 99) continue
      const newest = written.toReversed()
      const found = [...ring.newestFirst()].map((stored, at) => plain(stored, newest[at] as Plain))
      expect(found).toEqual(newest.slice(0, ring.count))
      expect(ring.oldest && plain(ring.oldest, newest[ring.count - 1] as Plain)).toEqual(found.at(-1))
    }
    // Most of the memory is used, although a text is not known to be short before it is written.
    expect(ring.count).toBeGreaterThan(20)
  })

  it('takes no more memory, whatever the length of the texts', () => {
    const ring = new RecordRing(MIN_RING_BYTES)
    const long = '€'.repeat(100_000)
    for (let i = 0; i < 200; i++) add(ring, { numbers: [i], texts: Array.from({ length: 300 }, () => long) })
    expect(ring.bytes).toBe(MIN_RING_BYTES)
    expect(ring.count).toBeGreaterThan(0)
    expect(ring.oldest?.number(0)).toBe(200 - ring.count)
    expect(ring.oldest?.text(0)).toBe(`${'€'.repeat(511)}…`)
    expect(ring.oldest?.text(299)).toBe('')
  })

  it('has none at first', () => {
    const ring = new RecordRing(MIN_RING_BYTES)
    expect([...ring.newestFirst()]).toEqual([])
    expect(ring.oldest).toBeUndefined()
  })

  it('has nothing of a record that was begun and not ended', () => {
    const ring = new RecordRing(MIN_RING_BYTES)
    ring.begin()
    ring.number(1)
    ring.text('half')
    add(ring, { numbers: [2], texts: ['whole'] })
    const [record] = ring.newestFirst()
    expect([ring.count, record?.number(0), record?.text(0)]).toEqual([1, 2, 'whole'])
  })

  it('replaces a text that is cut in the middle of a letter by a sign, and keeps the others whole', () => {
    const ring = new RecordRing(MIN_RING_BYTES)
    add(ring, { numbers: [], texts: ['\ud83d', 'b', `${'a'.repeat(510)}😀b`, 'c'] })
    const [record] = ring.newestFirst()
    expect(record?.text(1)).toBe('b')
    expect(record?.text(2)).toBe(`${'a'.repeat(510)}�…`)
    expect(record?.text(3)).toBe('c')
  })
})

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SteadyMap } from '../src/verify/steady-map.ts'

/** Few keys, so that they meet again; long ones, of which many fall on one place, since not all of their characters are hashed. */
const key = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.boolean())
  .map(([number, isLong]) => (isLong ? `${number}${'-'.repeat(80)}` : `key ${number}`))
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('set'), key, value: fc.integer() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete'), key, value: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear'), key, value: fc.constant(0) }) },
)

describe('SteadyMap', () => {
  it('is a map, whatever comes and goes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const map = new SteadyMap<number>()
        const model = new Map<string, number>()
        for (const { do: what, key, value } of steps) {
          if (what === 'set') {
            map.set(key, value)
            model.set(key, value)
          } else if (what === 'delete') expect(map.delete(key)).toBe(model.delete(key))
          else {
            map.clear()
            model.clear()
          }
          expect(map.size).toBe(model.size)
          expect(map.get(key)).toBe(model.get(key))
        }
        for (const [key, value] of model) expect(map.get(key)).toBe(value)
        const inSlots = Array.from({ length: map.slots }, (_, slot) => map.keyAt(slot)).filter(
          (text) => text !== '',
        )
        expect(inSlots.toSorted()).toEqual([...model.keys()].toSorted())
      }),
    )
  })

  it('has no more slots than there were entries at once', () => {
    const map = new SteadyMap<number>()
    for (let i = 0; i < 10_000; i++) {
      map.set(`token ${i}`, i)
      if (i >= 50) map.delete(`token ${i - 50}`)
    }
    expect(map.size).toBe(50)
    expect(map.slots).toBe(51)
  })

  it('keeps nothing of what went past a young collection', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void
    const map = new SteadyMap<unknown>()
    collect()
    for (let i = 0; i < 20_000; i++) {
      map.set(`token ${i}`, { weight: Array.from({ length: 100 }, () => i) })
      map.delete(`token ${i - 50}`)
    }
    for (let i = 0; i < 3; i++) collect({ type: 'minor' })
    const young = process.memoryUsage().heapUsed
    collect()
    // A `Map` would keep several times as much, until this full collection.
    expect(young - process.memoryUsage().heapUsed).toBeLessThan(2_000_000)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type LedgerSnapshot, type NameUse, nameLedger } from '../../src/index.ts'

const DAY_MS = 86_400_000

const use = (change: Partial<NameUse> = {}): NameUse => ({
  name: 'old',
  place: 'old',
  service: 'orders',
  caller: 'billing',
  callerKind: 'principal',
  route: 'r',
  overdue: false,
  ...change,
})

describe('a ledger', () => {
  it('keeps one row per name, place, service, caller and route, with its first and last use', () => {
    let nowMs = 1_000
    const ledger = nameLedger({ now: () => nowMs })
    expect(ledger.record(use())).toBe(true)
    nowMs = 2_000
    expect(ledger.record(use())).toBe(false)
    expect(ledger.uses()).toEqual([{ ...use(), count: 2, firstUsedMs: 1_000, lastUsedMs: 2_000 }])
    nowMs = 3_000
    const others: Partial<NameUse>[] = [
      { name: 'x' },
      { place: 'x' },
      { service: 'x' },
      { caller: 'x' },
      { callerKind: 'address' },
      { route: 'x' },
    ]
    for (const other of others) expect(ledger.record(use(other))).toBe(true)
    expect(ledger.uses()).toHaveLength(7)
    expect(ledger.uses({ name: 'x' })).toHaveLength(1)
    expect(ledger.uses({ service: 'x' })).toHaveLength(1)
    expect(ledger.uses({ sinceMs: 3_000 })).toHaveLength(6)
    expect(ledger.uses().at(-1)).toMatchObject({ lastUsedMs: 2_000 })
  })

  it('tells the first overdue use of each row', () => {
    const ledger = nameLedger()
    ledger.record(use())
    expect(ledger.record(use({ overdue: true }))).toBe(true)
    expect(ledger.record(use({ overdue: true }))).toBe(false)
    expect(ledger.record(use())).toBe(false)
    expect(ledger.uses()).toMatchObject([{ overdue: true, count: 4 }])
  })

  it('gives rows that nobody can change', () => {
    const ledger = nameLedger()
    ledger.record(use())
    Object.assign(ledger.uses()[0] as object, { count: 99 })
    expect(ledger.uses()).toMatchObject([{ count: 1 }])
  })

  it('says that a name can go only after it watched for so long, and saw no caller', () => {
    let nowMs = 0
    const ledger = nameLedger({ now: () => nowMs })
    ledger.record(use())
    ledger.record(use({ name: 'by-route', callerKind: 'route' }))
    nowMs = 13 * DAY_MS
    expect(ledger.unusedFor('never', 14)).toBe(false)
    nowMs = 14 * DAY_MS
    expect(ledger.unusedFor('never', 14)).toBe(true)
    expect(ledger.unusedFor('by-route', 13)).toBe(true)
    expect(ledger.unusedFor('old', 14)).toBe(false)
    nowMs += 1
    expect(ledger.unusedFor('old', 14)).toBe(true)
  })

  it('comes back from JSON, as often as it likes, and joins what others saw', () => {
    let nowMs = 10 * DAY_MS
    const ledger = nameLedger({ now: () => nowMs })
    ledger.record(use())
    ledger.record(use({ caller: '127.0.0.1', overdue: true }))
    const snapshot = JSON.parse(JSON.stringify(ledger.snapshot())) as LedgerSnapshot
    nowMs = 20 * DAY_MS
    const other = nameLedger({ now: () => nowMs })
    other.record(use())
    other.record(use())
    for (let i = 0; i < 2; i++) other.restore(snapshot)
    expect(other.snapshot()).toEqual({
      sinceMs: 10 * DAY_MS,
      dropped: 0,
      rows: [
        { ...use(), count: 2, firstUsedMs: 10 * DAY_MS, lastUsedMs: 20 * DAY_MS },
        {
          ...use({ caller: '127.0.0.1', overdue: true }),
          count: 1,
          firstUsedMs: 10 * DAY_MS,
          lastUsedMs: 10 * DAY_MS,
        },
      ],
    })
    expect(other.unusedFor('never', 10)).toBe(true)
  })

  it('keeps a part of a caller that is too long', () => {
    const ledger = nameLedger()
    ledger.record(use({ caller: 'a'.repeat(10_000) }))
    expect(ledger.record(use({ caller: 'a'.repeat(9_999) }))).toBe(false)
    expect(ledger.uses()[0]?.caller).toHaveLength(256)
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses %s rows', (maxRows) => {
    expect(() => nameLedger({ maxRows })).toThrow(RangeError)
  })
})

describe('the bound of a ledger', () => {
  it('drops what was not used for the longest time, and counts it', () => {
    let nowMs = 0
    const ledger = nameLedger({ maxRows: 32, now: () => nowMs++ })
    for (let i = 0; i < 32; i++) ledger.record(use({ caller: `${i}` }))
    ledger.record(use({ caller: '0' }))
    expect(ledger.dropped).toBe(0)
    ledger.record(use({ caller: 'new' }))
    expect(ledger.dropped).toBe(2)
    const callers = ledger.uses().map(({ caller }) => caller)
    expect(callers).toEqual(['new', '0', ...Array.from({ length: 29 }, (_, i) => `${31 - i}`)])
  })

  it('holds for any uses; nothing is lost uncounted, and the latest use of each name stays', () => {
    const anyUse = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      caller: fc.integer({ max: 40, min: 0 }).map(String),
      route: fc.constantFrom('r', 's'),
    })
    fc.assert(
      fc.property(fc.array(anyUse, { maxLength: 300 }), fc.integer({ min: 4, max: 20 }), (uses, maxRows) => {
        let nowMs = 0
        const ledger = nameLedger({ maxRows, now: () => nowMs })
        const last = new Map<string, number>()
        let added = 0
        for (const one of uses) {
          nowMs++
          if (ledger.record(use(one))) added++
          last.set(one.name, nowMs)
          expect(ledger.uses().length).toBeLessThanOrEqual(maxRows)
        }
        expect(ledger.uses().length + ledger.dropped).toBe(added)
        for (const [name, lastUsedMs] of last) expect(ledger.uses({ name })[0]?.lastUsedMs).toBe(lastUsedMs)
      }),
      { numRuns: 200 },
    )
  })
})

import { describe, expect, it } from 'vitest'
import { reconstruct, type TraceTree, walkTrace } from '../../src/reconstruct.ts'
import { line, NOW, span, streamOf, TRACE } from '../_support/logs.ts'

const rebuild = (...lines: readonly string[]) => reconstruct(TRACE, [streamOf(lines.join(''))])

/** The tree as text, a blank for each level. */
const shape = (tree: TraceTree) =>
  Array.from(walkTrace(tree.roots), ({ node, depth }) => {
    const name = node.record?.service ?? `${node.kind} ${node.spanId}`
    return `${' '.repeat(depth)}${name}${node.attempt === undefined ? '' : ` #${node.attempt}`}`
  })

describe('the tree of a trace', () => {
  it('hangs exchanges below the one that named their parent, in order of time, whatever the order of lines', async () => {
    const tree = await rebuild(
      line({ spanId: span(4), parentSpanId: span(2), service: 'late', startMs: 30 }),
      line({ spanId: span(3), parentSpanId: span(2), service: 'early', startMs: 20 }),
      line({ spanId: span(2), parentSpanId: span(1), service: 'orders', startMs: 10, durationMs: 50 }),
      line({ spanId: span(1), service: 'checkout', durationMs: 100 }),
    )
    expect(shape(tree)).toEqual(['checkout', ' orders', '  early', '  late'])
    expect(tree).toMatchObject({ exchanges: 4, missing: 0, notes: [], startMs: NOW, durationMs: 100 })
  })

  it('finds the parent by the span id of an attempt, and says which attempt it was', async () => {
    const tree = await rebuild(
      line({ spanId: span(1), service: 'edge', attemptSpanIds: `${span(8)},${span(9)}`, durationMs: 50 }),
      line({ spanId: span(2), parentSpanId: span(9), service: 'orders' }),
    )
    expect(shape(tree)).toEqual(['edge', ' orders #2'])
  })

  it('lets what is missing stand for itself, once for all that name it', async () => {
    const tree = await rebuild(
      line({ spanId: span(2), parentSpanId: span(1), service: 'a', startMs: 5 }),
      line({ spanId: span(3), parentSpanId: span(1), service: 'b', startMs: 50 }),
      line({ spanId: span(4), service: 'root' }),
    )
    expect(shape(tree)).toEqual(['root', `missing ${span(1)}`, ' a', ' b'])
    expect(tree).toMatchObject({ exchanges: 3, missing: 1 })
    expect(tree.notes).toEqual([
      `a span ${span(1)} that no log line describes: the caller, or a service between`,
      '2 beginnings: what links them is not in these logs',
    ])
    expect(tree.roots[1]).toMatchObject({ startMs: NOW + 5, endMs: NOW + 60 })
  })

  it('counts a line that was shipped twice once', async () => {
    const twice = line({ spanId: span(1), service: 'orders' })
    expect(await rebuild(twice, twice, twice)).toMatchObject({ exchanges: 1, duplicates: 2 })
  })

  it('keeps exchanges that name each other, or themselves, as their parents', async () => {
    const tree = await rebuild(
      line({ spanId: span(1), parentSpanId: span(2), service: 'a' }),
      line({ spanId: span(2), parentSpanId: span(1), service: 'b' }),
      line({ spanId: span(3), parentSpanId: span(3), service: 'self' }),
    )
    expect(shape(tree)).toEqual(['self', 'a', ' b'])
  })

  it('is as deep as the trace, without the stack', async () => {
    const lines = Array.from({ length: 9_000 }, (_, depth) =>
      line({
        spanId: span(depth + 1),
        ...(depth > 0 && { parentSpanId: span(depth) }),
        durationMs: 10_000 - depth,
      }),
    )
    const depths = Array.from(walkTrace((await rebuild(...lines)).roots), ({ depth }) => depth)
    expect(depths).toHaveLength(9_000)
    expect(depths.at(-1)).toBe(8_999)
  })

  it('keeps so many exchanges in memory, and says how many it left out', async () => {
    const lines = [1, 2, 3, 4].map((number) => line({ spanId: span(number) })).join('')
    const tree = await reconstruct(TRACE, [streamOf(lines)], { maxExchanges: 3 })
    expect(tree.exchanges).toBe(3)
    expect(tree.notes).toContain('1 more exchanges were left out')
  })

  it('needs nothing of a line but its ids', async () => {
    const bare = JSON.stringify({ msg: 'exchange', traceId: TRACE, spanId: span(1) })
    const tree = await rebuild(
      `${bare}\n`,
      line({ spanId: span(2), parentSpanId: span(1), service: 'orders' }),
    )
    expect(shape(tree)).toEqual([`exchange ${span(1)}`, ' orders'])
  })
})

describe('clocks that differ', () => {
  const parent = line({ spanId: span(1), service: 'edge', hostname: 'a', durationMs: 100 })

  it('shows a child of another host within its parent, with all that is below it, and says so', async () => {
    const tree = await rebuild(
      parent,
      line({ spanId: span(2), parentSpanId: span(1), hostname: 'b', startMs: -5_000, durationMs: 60 }),
      line({ spanId: span(3), parentSpanId: span(2), hostname: 'b', startMs: -4_990, durationMs: 20 }),
    )
    const [edge] = tree.roots
    const child = edge?.children[0]
    expect(child).toMatchObject({ startMs: NOW + 20, endMs: NOW + 80, clockShiftMs: 5_020 })
    expect(child?.children[0]).toMatchObject({ startMs: NOW + 30, clockShiftMs: 5_020 })
    expect(tree.notes).toEqual([
      'the clock of b is about 5020 ms behind; its exchanges are shown where they fit',
    ])
    expect(tree.durationMs).toBe(100)
  })

  it('leaves times alone that differ by the rounding of a line', async () => {
    const tree = await rebuild(
      parent,
      line({ spanId: span(2), parentSpanId: span(1), hostname: 'b', startMs: -1, durationMs: 101 }),
    )
    expect(tree.roots[0]?.children[0]).toMatchObject({ startMs: NOW - 1, clockShiftMs: 0 })
    expect(tree.notes).toEqual([])
  })

  it('believes the clock of one host, also when a child outlives its parent', async () => {
    const tree = await rebuild(
      parent,
      line({ spanId: span(2), parentSpanId: span(1), hostname: 'a', startMs: 90, durationMs: 500 }),
    )
    expect(tree.roots[0]?.children[0]).toMatchObject({ startMs: NOW + 90, clockShiftMs: 0 })
    expect(tree.durationMs).toBe(590)
  })

  it('lets a child that lasts longer than its parent begin with it', async () => {
    const tree = await rebuild(
      parent,
      line({ spanId: span(2), parentSpanId: span(1), hostname: 'b', startMs: 60_000, durationMs: 500 }),
    )
    expect(tree.roots[0]?.children[0]).toMatchObject({ startMs: NOW })
    expect(tree.notes[0]).toMatch(/60000 ms ahead/)
  })
})

/** Clocks of hosts differ; a tree in which an answer comes before its question cannot be read. */
import type { Growing } from './tree.ts'

/** Times in log lines are whole milliseconds, so both ends may be off by one without any fault of a clock. */
const TOLERANCE_MS = 2

/**
 * Fills in the times of all nodes and puts children in order. A child that lies outside of its parent, by the clock of
 * another host, is moved into the middle of it, since the way there and back take about as long; and with it all that is below it,
 * as far as their clocks agree.
 */
export function alignClocks(roots: readonly Growing[]): void {
  const waiting: Step[] = roots.map((node) => ({ node, parent: undefined, shiftMs: 0 }))
  const done: Growing[] = []
  for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
    const { node, parent } = step
    const { startMs, endMs } = node.record ?? {}
    const shiftMs = shiftOf(step)
    node.clockShiftMs = startMs === undefined ? 0 : shiftMs
    if (startMs !== undefined) {
      node.startMs = startMs + shiftMs
      node.endMs = (endMs ?? startMs) + shiftMs
    }
    done.push(node)
    const next = node.record ? node : parent
    for (const child of node.children) waiting.push({ node: child, parent: next, shiftMs })
  }
  // Parents of which nothing is known last as long as their children do: from the leaves up.
  for (const node of done.reverse()) {
    node.children.sort((a, b) => (a.startMs ?? Infinity) - (b.startMs ?? Infinity))
    if (node.kind === 'missing') spanChildren(node)
  }
}

interface Step {
  readonly node: Growing
  /** The nearest node above that has times. */
  readonly parent: Growing | undefined
  /** What that one was moved by. */
  readonly shiftMs: number
}

function shiftOf({ node, parent, shiftMs }: Step): number {
  const { startMs, endMs = startMs, hostname } = node.record ?? {}
  if (startMs === undefined || endMs === undefined) return shiftMs
  const from = parent?.startMs
  const to = parent?.endMs
  if (from === undefined || to === undefined) return shiftMs
  const sameHost = hostname !== undefined && hostname === parent?.record?.hostname
  if (sameHost) return shiftMs
  const fits = (shift: number): boolean =>
    startMs + shift >= from - TOLERANCE_MS && endMs + shift <= to + TOLERANCE_MS
  if (fits(0)) return 0
  if (fits(shiftMs)) return shiftMs
  const room = to - from - (endMs - startMs)
  // It may last longer than its parent, whose client left: then both begin together.
  return from + Math.max(0, room / 2) - startMs
}

function spanChildren(node: Growing): void {
  const starts = node.children.flatMap((child) => child.startMs ?? [])
  const ends = node.children.flatMap((child) => child.endMs ?? [])
  if (starts.length === 0) return
  node.startMs = Math.min(...starts)
  node.endMs = Math.max(...ends)
}

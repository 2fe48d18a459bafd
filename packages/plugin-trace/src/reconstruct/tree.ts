/** From the exchanges of one trace to a tree. */
import { alignClocks } from './clocks.ts'
import type { ExchangeRecord } from './record.ts'

/** One place in a trace: an exchange, or a span that others name as their parent and that nothing describes. */
export interface TraceNode {
  /** `exchange` by a log line, `span` by OTLP alone, `missing` without either. */
  readonly kind: 'exchange' | 'span' | 'missing'
  /** 16 hex digits. */
  readonly spanId: string
  /** What is known of it; absent when it is missing. */
  readonly record?: ExchangeRecord | undefined
  /** Number of the parent's attempt that led here, from 1; absent where lines do not tell. */
  readonly attempt?: number | undefined
  /** Milliseconds since 1970 after clocks were aligned; absent when no line of it has a time. */
  readonly startMs?: number | undefined
  /** Milliseconds since 1970 after clocks were aligned. */
  readonly endMs?: number | undefined
  /** How far its times were moved, because the clock of its host differs from its parent's; 0 when not. */
  readonly clockShiftMs: number
  /** In order of their start. */
  readonly children: readonly TraceNode[]
}

/** What is being built. */
export interface Growing extends TraceNode {
  record?: ExchangeRecord | undefined
  kind: TraceNode['kind']
  attempt?: number | undefined
  startMs?: number | undefined
  endMs?: number | undefined
  clockShiftMs: number
  readonly children: Growing[]
}

/** A tree, and how many lines told nothing new. */
export interface BuiltTree {
  /** Exchanges where the trace starts, or what stands for them. */
  readonly roots: readonly TraceNode[]
  /** Lines that described a span which another line had described. */
  readonly duplicates: number
}

/** Links the exchanges of one trace by their ids. */
export function buildTree(records: readonly ExchangeRecord[]): BuiltTree {
  const { nodes, duplicates } = uniqueNodes(records)
  const byAttempt = new Map<string, { readonly node: Growing; readonly attempt: number }>()
  for (const node of nodes.values())
    for (const [index, id] of (node.record?.attemptSpanIds ?? []).entries())
      if (id !== node.spanId) byAttempt.set(id, { node, attempt: index + 1 })
  foldAttempts(nodes, byAttempt)

  const roots: Growing[] = []
  const parentOf = new Map<Growing, Growing>()
  const missing = new Map<string, Growing>()
  for (const node of nodes.values()) {
    const parentId = node.record?.parentSpanId
    const via = parentId === undefined ? undefined : byAttempt.get(parentId)
    const parent = via?.node ?? (parentId === undefined ? undefined : nodes.get(parentId))
    if (via) node.attempt = via.attempt
    if (parent && parent !== node) {
      parent.children.push(node)
      parentOf.set(node, parent)
    } else if (parentId === undefined || parent === node) roots.push(node)
    else {
      const stand = missing.get(parentId) ?? newNode('missing', parentId)
      missing.set(parentId, stand)
      stand.children.push(node)
    }
  }
  roots.push(...missing.values(), ...cutCircles(nodes.values(), [...roots, ...missing.values()], parentOf))
  alignClocks(roots)
  return { roots, duplicates }
}

/** A node of the tree, and how deep it stands. */
export interface TraceStep {
  /** The node. */
  readonly node: TraceNode
  /** 0 for a root. */
  readonly depth: number
  /** Whether it is the last of its parent's children, or of the roots. */
  readonly isLast: boolean
}

/** Every node, a parent before its children. No recursion: a trace may be deeper than the stack. */
export function* walkTrace(roots: readonly TraceNode[]): Generator<TraceStep, void, undefined> {
  const waiting = stepsOf(roots, 0)
  for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
    yield step
    waiting.push(...stepsOf(step.node.children, step.depth + 1))
  }
}

/** Last first, so that the first is the next one to be taken. */
function stepsOf(nodes: readonly TraceNode[], depth: number): TraceStep[] {
  return nodes.map((node, index) => ({ node, depth, isLast: index === nodes.length - 1 })).reverse()
}

/** One node per span, and one line's word for it; a log line knows more than a span. */
function uniqueNodes(records: readonly ExchangeRecord[]) {
  const nodes = new Map<string, Growing>()
  let duplicates = 0
  for (const record of records) {
    const known = nodes.get(record.spanId)
    const kind = record.origin === 'log' ? 'exchange' : 'span'
    if (!known) nodes.set(record.spanId, newNode(kind, record.spanId, record))
    else if (known.kind === kind) duplicates++
    else {
      const [log, span] = kind === 'exchange' ? [record, known.record] : [known.record, record]
      known.record = merged(log, span)
      known.kind = 'exchange'
    }
  }
  return { nodes, duplicates }
}

/** What a span adds to the line of the same exchange: a name, and times of a microsecond. */
function merged(
  log: ExchangeRecord | undefined,
  span: ExchangeRecord | undefined,
): ExchangeRecord | undefined {
  if (!log || !span) return log ?? span
  const known = Object.entries(log).filter(([, value]) => value !== undefined)
  return {
    ...span,
    ...Object.fromEntries(known),
    startMs: span.startMs ?? log.startMs,
    endMs: span.endMs ?? log.endMs,
  }
}

/** The client span of an attempt is part of the exchange whose line names it. */
function foldAttempts(
  nodes: Map<string, Growing>,
  byAttempt: ReadonlyMap<string, { readonly node: Growing }>,
): void {
  for (const [id, { node }] of byAttempt) {
    const own = nodes.get(id)
    if (own?.kind === 'span' && own.record?.parentSpanId === node.spanId) nodes.delete(id)
  }
}

/** Lines that name each other as parents hang below nothing: one of each circle becomes a root. */
function cutCircles(
  nodes: Iterable<Growing>,
  roots: readonly Growing[],
  parentOf: ReadonlyMap<Growing, Growing>,
): Growing[] {
  const reached = new Set<TraceNode>()
  const reach = (from: readonly Growing[]): void => {
    for (const { node } of walkTrace(from)) reached.add(node)
  }
  reach(roots)
  const cut: Growing[] = []
  for (const node of nodes) {
    if (reached.has(node)) continue
    const siblings = parentOf.get(node)?.children ?? []
    siblings.splice(siblings.indexOf(node), 1)
    reach([node])
    cut.push(node)
  }
  return cut
}

function newNode(kind: TraceNode['kind'], spanId: string, record?: ExchangeRecord): Growing {
  return { kind, spanId, record, clockShiftMs: 0, children: [] }
}

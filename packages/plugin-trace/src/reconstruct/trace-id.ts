/** Which trace is meant by an id, or by the beginning of one. */
import type { ExchangeRecord } from './record.ts'

/** Shorter beginnings are met by accident too often. */
const SHORTEST = 8
/** As many traces are named when a beginning fits several. */
const MAX_CANDIDATES = 10

/** Why an id leads to no trace. */
export type TraceIdProblem = 'malformed' | 'unknown' | 'ambiguous' | 'needs-second-pass'

/** An id that leads to no trace, or not to one only. Its message is for people. */
export class TraceIdError extends Error {
  override readonly name = 'TraceIdError'
  /** Why. */
  readonly problem: TraceIdProblem
  /** Ids of traces that it may mean. */
  readonly candidates: readonly string[]

  constructor(problem: TraceIdProblem, message: string, candidates: readonly string[] = []) {
    super(message)
    this.problem = problem
    this.candidates = candidates
  }
}

/**
 * The text to look for: lower case, unless it is a request id that a caller chose.
 * @throws {TraceIdError} `malformed`
 */
export function normaliseId(id: string): string {
  const trimmed = id.trim()
  // What people have at hand is often the whole header.
  const fromHeader = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/i.exec(trimmed)?.[1]
  const text = fromHeader ?? trimmed
  if (!/^[\w.:+/=@-]+$/.test(text) || text.length < SHORTEST || text.length > 256)
    throw new TraceIdError(
      'malformed',
      `"${id.slice(0, 80)}" is no id: give a trace, span or exchange id, or its first ${SHORTEST} or more digits.`,
    )
  return /^[0-9a-f]+$/i.test(text) ? text.toLowerCase() : text
}

/** The bytes that every line with the id contains: of a trace that a caller's B3 gave 64 bits, those, as some hosts do not pad them. */
export function needleOf(id: string): string {
  return /^0{16}[0-9a-f]{16}$/.test(id) ? id.slice(16) : id
}

/** What an id meant, found while reading. */
export class Meaning {
  readonly #id: string
  /** Traces whose own id begins so. */
  readonly #traces = new Set<string>()
  /** Traces in which a span or an exchange has an id that begins so. */
  readonly #inside = new Set<string>()

  /** @param id normalised. */
  constructor(id: string) {
    this.#id = id
  }

  /** Looks at an exchange in whose line the id stands. @returns whether it is of a trace whose own id begins so. */
  look(record: ExchangeRecord): boolean {
    const { traceId } = record
    const isTrace = traceId.startsWith(this.#id) || traceId === this.#id.padStart(32, '0')
    if (isTrace) this.#add(this.#traces, record.traceId)
    else if (idsIn(record).some((id) => id.startsWith(this.#id))) this.#add(this.#inside, record.traceId)
    return isTrace
  }

  /**
   * The one trace that is meant. An id of a trace comes before those of spans and exchanges.
   * @throws {TraceIdError} `unknown`, `ambiguous`
   */
  trace(): { readonly traceId: string; readonly isOwnId: boolean } {
    const isOwnId = this.#traces.size > 0
    const [traceId, ...others] = isOwnId ? this.#traces : this.#inside
    if (traceId === undefined)
      throw new TraceIdError('unknown', `No log line has an id that is ${this.#id}, or begins with it.`)
    if (others.length === 0) return { traceId, isOwnId }
    const candidates = [traceId, ...others].slice(0, MAX_CANDIDATES)
    const more = others.length >= MAX_CANDIDATES ? ', and more' : ''
    throw new TraceIdError(
      'ambiguous',
      `${this.#id} fits several traces: ${candidates.join(', ')}${more}. Give more digits.`,
      candidates,
    )
  }

  #add(set: Set<string>, traceId: string): void {
    if (set.size <= MAX_CANDIDATES) set.add(traceId)
  }
}

function idsIn({ spanId, parentSpanId, exchangeId, attemptSpanIds }: ExchangeRecord): string[] {
  return [spanId, parentSpanId ?? '', exchangeId ?? '', ...attemptSpanIds]
}

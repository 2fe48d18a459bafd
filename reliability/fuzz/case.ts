/** A case: bytes, where they go, and in what pieces. Seed and number decide everything about it. */
import { Random } from '../shared/random.ts'
import { http2Bytes } from './frames.ts'
import { markerOf, validRequests, validResponse } from './grammar.ts'
import { mutate } from './mutate.ts'

/** What is broken: requests at the listener, HTTP/2 at the listener, or the answer of an upstream. */
export type CaseKind = 'request' | 'http2' | 'response'

/** One case. */
export interface FuzzCase {
  readonly number: number
  readonly kind: CaseKind
  /** Latin-1 stands for bytes. */
  readonly bytes: string
  /** Lengths of the pieces; the rest comes last. */
  readonly pieces: readonly number[]
  /** Of a response: whether the upstream closes behind it. */
  readonly closes: boolean
}

/** Draws a case. */
export function drawCase(seed: number, number: number): FuzzCase {
  const random = new Random(seed, number)
  const marker = markerOf(number)
  const kind = random.pick<CaseKind>([
    'request',
    'request',
    'request',
    'request',
    'http2',
    'response',
    'response',
  ])
  const bytes =
    kind === 'http2'
      ? http2Bytes(random, marker)
      : mutate(kind === 'request' ? validRequests(random, marker) : validResponse(random, marker), random)
  const pieces = Array.from({ length: random.pick([0, 0, 0, 1, 2, 5]) }, () => random.size(1, 200))
  return { number, kind, bytes, pieces, closes: random.chance(0.85) }
}

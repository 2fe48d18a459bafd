/** Counts how cases went. */

/** What came of cases. `lost` never got any outcome; `wrong` got another than it had to. */
export interface Counts {
  sent: number
  right: number
  rightError: number
  lost: number
  wrong: number
}

/** How a case went that did not go as it had to. */
export interface Failure {
  readonly kind: string
  /** Number of the case: with the seed it decides what was sent. */
  readonly index: number
  readonly outcome: 'lost' | 'wrong'
  readonly message: string
}

/** How many failures are told in full. */
const KEPT_FAILURES = 20

/** Counts by kind. */
export class Tally {
  readonly byKind = new Map<string, Counts>()
  readonly failures: Failure[] = []
  /** Cases that are under way. */
  running = 0

  /** A case begins. */
  begin(kind: string): void {
    this.of(kind).sent++
    this.running++
  }

  /** A case ended as it had to. */
  right(kind: string, outcome: 'right' | 'rightError'): void {
    this.of(kind)[outcome]++
    this.running--
  }

  /** A case ended as it must not. */
  failed(failure: Failure): void {
    this.of(failure.kind)[failure.outcome]++
    this.running--
    if (this.failures.length < KEPT_FAILURES) this.failures.push(failure)
  }

  /** All kinds together. */
  total(): Counts {
    const sum = zero()
    for (const counts of this.byKind.values())
      for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += counts[key]
    return sum
  }

  private of(kind: string): Counts {
    const counts = this.byKind.get(kind) ?? zero()
    this.byKind.set(kind, counts)
    return counts
  }
}

function zero(): Counts {
  return { sent: 0, right: 0, rightError: 0, lost: 0, wrong: 0 }
}

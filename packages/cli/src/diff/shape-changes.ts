/** What a new configuration does to the kinds of requests that came lately. */
import type { Judge, Outcome } from './judge.ts'
import type { Shape } from './shapes.ts'

/** What becomes of a kind of requests that is not what was. */
export interface ShapeChange {
  readonly shape: Shape
  /** `401`, `403`, `404`, `passes`, `upstream` or `route`. */
  readonly becomes: string
  readonly before: Outcome
  readonly after: Outcome
}

/** All of them. */
export interface ShapeReport {
  /** Kinds that were looked at. */
  readonly shapes: number
  /** Their requests. */
  readonly requests: number
  readonly changes: readonly ShapeChange[]
  /** Kinds that the older configuration leads elsewhere than the log says: by header, host or query, or it is not the one that ran. */
  readonly unknown: number
}

/** Asks both. */
export async function compareShapes(
  shapes: readonly Shape[],
  before: Judge,
  after: Judge,
): Promise<ShapeReport> {
  const changes: ShapeChange[] = []
  let unknown = 0
  for (const shape of shapes) {
    const was = await before(shape)
    if (was.route !== shape.route && shape.route !== '') {
      unknown++
      continue
    }
    const is = await after(shape)
    const becomes = changeOf(was, is)
    if (becomes !== undefined) changes.push({ shape, becomes, before: was, after: is })
  }
  return {
    shapes: shapes.length,
    requests: shapes.reduce((sum, { requests }) => sum + requests, 0),
    changes,
    unknown,
  }
}

function changeOf(was: Outcome, is: Outcome): string | undefined {
  if (was.status !== is.status) return is.status === undefined ? 'passes' : String(is.status)
  if (was.upstream !== is.upstream) return 'upstream'
  return undefined
}

/** `14 change upstream, 2 become 401`. */
export function shapeSummary({ changes }: ShapeReport): string {
  if (changes.length === 0) return 'none would be treated otherwise'
  const counts = Map.groupBy(changes, ({ becomes }) => becomes)
  return [...counts]
    .map(([becomes, some]) => {
      if (becomes === 'upstream') return `${some.length} change upstream`
      return becomes === 'passes' ? `${some.length} pass that did not` : `${some.length} become ${becomes}`
    })
    .join(', ')
}

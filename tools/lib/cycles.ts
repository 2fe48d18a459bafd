/** Finds import cycles. */

/** An import of one file by another. */
export interface Edge {
  readonly from: string
  readonly to: string
}

/**
 * One path per cycle, starting and ending at the same file.
 *
 * A cycle makes what a module sees depend on who was loaded first; the error then shows far from its cause.
 */
export function findCycles(edges: readonly Edge[]): string[][] {
  const targets = new Map<string, string[]>()
  for (const { from, to } of edges) targets.set(from, [...(targets.get(from) ?? []), to])
  const cycles: string[][] = []
  const done = new Set<string>()
  const path: string[] = []

  const visit = (file: string): void => {
    const start = path.indexOf(file)
    if (start >= 0) cycles.push([...path.slice(start), file])
    if (start >= 0 || done.has(file)) return
    path.push(file)
    for (const next of targets.get(file) ?? []) visit(next)
    path.pop()
    done.add(file)
  }
  for (const file of targets.keys()) visit(file)
  return cycles
}

/** How a check speaks: its problems, or one summary line that the runner shows beside its name. */

/** What a check found. */
export interface Report {
  /** One line per problem, each naming the file and the fix. Empty means that the check passes. */
  readonly problems: readonly string[]
  /** What was looked at, in a few words ("61 files, 0 cycles"). */
  readonly summary: string
  /** Lines worth showing also when the check passes (the size of each package). */
  readonly notes?: readonly string[]
}

/**
 * Prints the report and sets the exit code.
 *
 * The exit code is set and not forced: a forced exit cuts output that is still on its way through a pipe.
 */
export function report({ problems, summary, notes = [] }: Report): void {
  for (const note of notes) console.log(`  ${note}`)
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) {
    console.error(`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} (${summary})`)
    process.exitCode = 1
    return
  }
  console.log(summary)
}

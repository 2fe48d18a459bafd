/** Counts what passed and failed, never reporting fewer failures than the exit codes admit. */

/**
 * @param {{ failed?: number } | undefined} summary what `tools/check.ts --summary` wrote
 * @param {number} code exit code of the checks
 * @returns {{ failed: number }} how many checks failed
 */
export function countChecks(summary, code) {
  return { failed: atLeastOne(summary?.failed ?? 0, code) }
}

/**
 * @param {{
 *   numPassedTests?: number, numFailedTests?: number,
 *   testResults?: { status: string, assertionResults: unknown[] }[]
 * } | undefined} result what vitest's JSON reporter wrote
 * @param {number} code exit code of the tests
 * @returns {{ passed: number, failed: number }} tests; a file that could not be loaded counts as one failure
 */
export function countTests(result, code) {
  const unloaded = (result?.testResults ?? []).filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  const failed = (result?.numFailedTests ?? 0) + unloaded.length
  return { passed: result?.numPassedTests ?? 0, failed: atLeastOne(failed, code) }
}

/**
 * @param {number} failed
 * @param {number} code
 */
function atLeastOne(failed, code) {
  return code === 0 ? failed : Math.max(1, failed)
}

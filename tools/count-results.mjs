/**
 * Prints `N passed, N failed` from what the checks and the tests wrote, and exits non-zero when anything failed.
 *
 * usage: node tools/count-results.mjs FOLDER EXIT_CODE_OF_CHECKS EXIT_CODE_OF_TESTS
 *
 * A run that died leaves no result file, or one without failures; its exit code then counts as one failure. A total
 * that came only from what was written would call such a run a success. Plain JavaScript: it must speak even when
 * nothing could be installed.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { countChecks, countTests } from './lib/counting.mjs'

const [folder = '.', checkCode = '1', testCode = '1'] = process.argv.slice(2)
const checks = countChecks(read('checks.json'), Number(checkCode))
const tests = countTests(read('tests.json'), Number(testCode))
const failed = checks.failed + tests.failed

console.log(`${tests.passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || tests.passed === 0 ? 1 : 0

/** @param {string} name */
function read(name) {
  const file = join(folder, name)
  try {
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
  } catch {
    return undefined
  }
}

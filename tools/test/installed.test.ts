import { describe, expect, test } from 'vitest'
import { countChecks, countTests } from '../lib/counting.mjs'
import { sameTree } from '../lib/installed.mjs'

describe('installed tree', () => {
  const a = { version: '1.0.0', integrity: 'sha512-a' }

  test('equal trees are equal; the root and absent optional packages do not count', () => {
    expect(
      sameTree(
        { '': { version: '0.0.0' }, 'node_modules/a': a, 'node_modules/b': { ...a, optional: true } },
        { 'node_modules/a': a },
      ),
    ).toBe(true)
  })

  test.each([
    ['a missing package', {}],
    ['another version', { 'node_modules/a': { ...a, version: '1.0.1' } }],
    ['other content', { 'node_modules/a': { ...a, integrity: 'sha512-b' } }],
    ['a package too many', { 'node_modules/a': a, 'node_modules/b': a }],
  ])('%s is no match', (_what, found) => {
    expect(sameTree({ 'node_modules/a': a }, found)).toBe(false)
  })
})

describe('counts', () => {
  test('tests that failed and files that did not load', () => {
    const result = {
      numPassedTests: 7,
      numFailedTests: 2,
      testResults: [
        { status: 'failed', assertionResults: [] },
        { status: 'failed', assertionResults: [{}] },
      ],
    }
    expect(countTests(result, 1)).toEqual({ passed: 7, failed: 3 })
  })

  test('a run that died is a failure, whatever it wrote', () => {
    expect(countTests(undefined, 1)).toEqual({ passed: 0, failed: 1 })
    expect(countTests({ numPassedTests: 7, numFailedTests: 0 }, 1)).toEqual({ passed: 7, failed: 1 })
    expect(countChecks(undefined, 1)).toEqual({ failed: 1 })
  })

  test('what passed passed', () => {
    expect(countTests({ numPassedTests: 7, numFailedTests: 0 }, 0)).toEqual({ passed: 7, failed: 0 })
    expect(countChecks({ failed: 0 }, 0)).toEqual({ failed: 0 })
  })
})

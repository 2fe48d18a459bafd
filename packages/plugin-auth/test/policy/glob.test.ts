import { expect, it } from 'vitest'
import { globTest } from '../../src/policy/glob.ts'

it.each([
  ['svc-*', 'svc-orders', true],
  ['svc-*', 'svc-', true],
  ['svc-*', 'xsvc-orders', false],
  ['*', '', true],
  ['*', 'anything', true],
  ['svc', 'svc', true],
  ['svc', 'svcs', false],
  ['spiffe://prod/*', 'spiffe://prod/a/b', true],
  ['spiffe://prod/*', 'spiffe://prod.evil/a', false],
  ['*-reader', 'orders-reader', true],
  ['*-reader', 'orders-reader2', false],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['a*b*c', 'a-b-c', true],
  ['a*b*c', 'acb', false],
  ['ab*ba', 'aba', false],
  ['a*bc*c', 'abc', false],
  ['a.c', 'abc', false],
  ['(a', '(a', true],
])('%s and %s: %s', (pattern, text, fits) => {
  expect(globTest(pattern)(text)).toBe(fits)
})

it('takes no time to speak of for a form that would stop a regular expression', () => {
  const fits = globTest(`${'a*'.repeat(200)}b`)
  expect(fits('a'.repeat(16_000))).toBe(false)
})

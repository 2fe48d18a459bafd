/** The budget by itself: what may be repeated, by numbers alone. */
import { expect, test } from 'vitest'
import { RetryBudget } from '../../src/retries/budget.ts'

function budgetOf(ratio: number, minPerSecond: number): RetryBudget {
  const budget = new RetryBudget()
  budget.configure({ ratio, minPerSecond })
  return budget
}

/** How many repeats are allowed at a time. */
function allowed(budget: RetryBudget, nowMs: number): number {
  let count = 0
  while (count < 10_000 && budget.take(nowMs)) count++
  return count
}

function count(budget: RetryBudget, requests: number, nowMs: number): void {
  for (let i = 0; i < requests; i++) budget.count(nowMs)
}

test('a share of the requests may be repeated', () => {
  const budget = budgetOf(0.2, 0)
  expect(budget.take(1_000)).toBe(false)
  count(budget, 100, 1_000)
  expect(allowed(budget, 1_500)).toBe(20)
  count(budget, 50, 2_000)
  expect(allowed(budget, 2_000)).toBe(10)
})

test('beside it there is a number for each second of the window', () => {
  expect(allowed(budgetOf(0, 3), 5_000)).toBe(30)
  expect(allowed(budgetOf(0, 0), 5_000)).toBe(0)
})

test('requests and repeats count for ten seconds', () => {
  const budget = budgetOf(0.5, 0)
  count(budget, 10, 1_000)
  expect(allowed(budget, 10_999)).toBe(5)
  count(budget, 10, 10_999)
  expect(allowed(budget, 10_999)).toBe(5)
  // The first ten are forgotten; what was repeated since is not.
  expect(allowed(budget, 11_000)).toBe(0)
  expect(allowed(budget, 21_000)).toBe(0)
  count(budget, 4, 21_000)
  expect(allowed(budget, 21_000)).toBe(2)
})

test('what is told late counts as the newest', () => {
  const budget = budgetOf(1, 0)
  count(budget, 1, 50_000)
  count(budget, 1, 20_000)
  expect(allowed(budget, 59_999)).toBe(2)
})

test('a long pause leaves nothing of before', () => {
  const budget = budgetOf(1, 0)
  for (let second = 0; second < 10; second++) count(budget, 1, second * 1_000)
  expect(allowed(budget, 1_000_000)).toBe(0)
})

test('other options keep what was counted', () => {
  const budget = budgetOf(1, 0)
  count(budget, 10, 0)
  budget.configure({ ratio: 0.1, minPerSecond: 0 })
  expect(allowed(budget, 0)).toBe(1)
})

test('unless told otherwise: a fifth, and one a second', () => {
  const budget = new RetryBudget()
  budget.configure({})
  count(budget, 100, 0)
  expect(allowed(budget, 0)).toBe(30)
})

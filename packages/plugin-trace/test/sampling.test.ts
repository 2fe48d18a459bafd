import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { isChosen } from '../src/sampling.ts'

const ids = Array.from({ length: 4_000 }, () => randomBytes(16).toString('hex'))

it.each([0.1, 0.5, 0.9])('about %d of all traces are chosen', (ratio) => {
  const share = ids.filter((id) => isChosen(id, ratio)).length / ids.length
  // Six standard deviations: this fails once in a billion runs.
  expect(Math.abs(share - ratio)).toBeLessThan(6 * Math.sqrt((ratio * (1 - ratio)) / ids.length))
})

it('the id decides, by its random part, and a higher ratio keeps what a lower one keeps', () => {
  for (const id of ids) {
    expect(isChosen(id, 0.3)).toBe(isChosen(`${'0'.repeat(16)}${id.slice(16)}`, 0.3))
    if (isChosen(id, 0.3)) expect(isChosen(id, 0.6)).toBe(true)
  }
})

it('all and none are what they say', () => {
  expect(ids.every((id) => isChosen(id, 1))).toBe(true)
  expect(ids.some((id) => isChosen(id, 0))).toBe(false)
})

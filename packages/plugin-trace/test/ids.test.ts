import { expect, it } from 'vitest'
import { newSpanId } from '../src/ids.ts'

it('gives span ids of 16 lower-case hex digits, none twice, across several pools', () => {
  const ids = Array.from({ length: 2_000 }, newSpanId)
  expect(ids.every((id) => /^[0-9a-f]{16}$/.test(id) && id !== '0'.repeat(16))).toBe(true)
  expect(new Set(ids).size).toBe(ids.length)
})

import { readFileSync } from 'node:fs'
import { GatewayError } from '@postern/core'
import { expect, test } from 'vitest'
import { ROUTING_ERRORS } from '../../src/index.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

test('the error table is what the README says, row by row', () => {
  const rows = [...readme.matchAll(/^\| `(GW_\w+)` \| (\d+) \|/gm)].map((row) => [row[1], Number(row[2])])
  expect(rows).toEqual(Object.entries(ROUTING_ERRORS).map(([code, { status }]) => [code, status]))
})

test('its codes can be thrown', () => {
  for (const [code, { status }] of Object.entries(ROUTING_ERRORS))
    expect(new GatewayError(code).status).toBe(status)
})

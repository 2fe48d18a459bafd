import { readFileSync } from 'node:fs'
import { ERRORS, GatewayError } from '@postern/core'
import { describe, expect, it } from 'vitest'
import { AUTH_ERRORS, type AuthErrorCode } from '../src/index.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

describe('the error table', () => {
  it('is what the README says, row by row', () => {
    const rows = [...readme.matchAll(/^\| `(GW_AUTH_\w+)` \| (\d+) \| ([^|]+) \|/gm)].map((row) => [
      row[1],
      Number(row[2]),
    ])
    expect(rows).toEqual(Object.entries(AUTH_ERRORS).map(([code, row]) => [code, row.status]))
  })

  it('blames the client for 4xx and the plugin for 503, and only 503 is worth a retry', () => {
    for (const row of Object.values(AUTH_ERRORS)) {
      expect(row.source).toBe(row.status < 500 ? 'client' : 'plugin')
      expect(row.retryable).toBe(row.status === 503)
    }
  })

  it('can be quoted in a challenge', () => {
    for (const row of Object.values(AUTH_ERRORS)) expect(row.text).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  })

  it('is registered with core and repeats none of its codes', () => {
    for (const code of Object.keys(AUTH_ERRORS) as AuthErrorCode[]) {
      expect(new GatewayError(code).status).toBe(AUTH_ERRORS[code].status)
      expect(Object.keys(ERRORS)).not.toContain(code)
    }
  })
})

describe('the README', () => {
  it('explains every dependency', () => {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      dependencies: Record<string, string>
    }
    for (const name of Object.keys(manifest.dependencies)) expect(readme).toContain(`\`${name}\``)
  })
})

import { describe, expect, test, vi } from 'vitest'
import { defineErrors, ERRORS, GatewayError, isGatewayError } from '../src/index.ts'
import { thrownBy } from './support.ts'

describe('the table of codes', () => {
  test('names every code by area and fault', () => {
    for (const code of Object.keys(ERRORS)) expect(code).toMatch(/^GW_[A-Z]+(_[A-Z]+)+$/)
  })

  test('gives a status that follows the source', () => {
    for (const [code, { status, source, stage }] of Object.entries(ERRORS)) {
      if (stage === 'start') expect([code, status]).toEqual([code, 0])
      else if (source === 'client') expect(status === 508 || (status >= 400 && status < 500), code).toBe(true)
      else if (source === 'upstream') expect([502, 503, 504], code).toContain(status)
      else expect([500, 503], code).toContain(status)
    }
  })
})

describe('GatewayError', () => {
  test('takes everything but message and cause from the table', () => {
    const cause = new Error('underneath')
    const error = new GatewayError('GW_UPSTREAM_RESET', { message: 'for the log', cause, plugin: 'p' })
    expect(error).toMatchObject({
      status: 502,
      source: 'upstream',
      retryable: true,
      message: 'for the log',
      cause,
      plugin: 'p',
    })
    expect(error.text).toBe(ERRORS.GW_UPSTREAM_RESET.text)
  })

  test('refuses a code without a row: it would have no status to answer with', () => {
    expect(() => new GatewayError('GW_NO_SUCH')).toThrow('Register it with defineErrors()')
  })

  test('keeps no stack for faults of clients, and leaves the stacks of others alone', () => {
    const limit = Error.stackTraceLimit
    expect(new GatewayError('GW_REQ_MALFORMED').stack).not.toContain('\n    at ')
    expect(new GatewayError('GW_GATEWAY_INTERNAL').stack).toContain('\n    at ')
    expect(Error.stackTraceLimit).toBe(limit)
  })

  test('is recognised across two installed copies', async () => {
    vi.resetModules()
    const copy = await import('../src/errors.ts')
    const foreign = new copy.GatewayError('GW_REQ_LOOP')
    expect(foreign instanceof GatewayError).toBe(false)
    expect(isGatewayError(foreign)).toBe(true)
    for (const other of [undefined, null, 'GW_REQ_LOOP', {}, new Error('x')])
      expect(isGatewayError(other)).toBe(false)
  })
})

describe('defineErrors', () => {
  const row = {
    status: 429,
    source: 'client',
    stage: 'hooks',
    retryable: true,
    text: 'Too many requests.',
  } as const

  test('registers codes of a plugin, and the same ones again', () => {
    defineErrors({ GW_TEST_LIMITED: row })
    defineErrors({ GW_TEST_LIMITED: { ...row } })
    expect(new GatewayError('GW_TEST_LIMITED')).toMatchObject({ status: 429, text: 'Too many requests.' })
  })

  test('refuses another meaning for a code, and another form', () => {
    defineErrors({ GW_TEST_TAKEN: row })
    expect(thrownBy(() => defineErrors({ GW_TEST_TAKEN: { ...row, status: 500 } }))).toBeInstanceOf(TypeError)
    expect(thrownBy(() => defineErrors({ TOO_MANY: row }))).toBeInstanceOf(TypeError)
  })
})

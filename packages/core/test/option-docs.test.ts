import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS, DEFAULT_PATHS, DEFAULT_TIMEOUTS } from '../src/options.ts'
import { gatewayOptionsSchema, limitsSchema, timeoutsSchema } from '../src/options-schema.ts'

type Entries = Readonly<Record<string, v.GenericSchema>>

/** The defaults that the doc comments of an object's fields promise. */
const promised = (schema: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries((schema as { entries: Entries }).entries).flatMap(([key, entry]) => {
      const said = v.getMetadata(entry)
      return 'default' in said ? [[key, said['default']]] : []
    }),
  )

describe('the defaults that doc comments promise are those that hold', () => {
  it('timeouts', () => expect(promised(timeoutsSchema)).toEqual(DEFAULT_TIMEOUTS))

  it('limits', () => {
    // JSON has no infinity: its comment says it in words.
    const { requestBodyBytes, ...others } = DEFAULT_LIMITS
    expect(promised(limitsSchema)).toEqual(others)
    expect(requestBodyBytes).toBe(Number.POSITIVE_INFINITY)
  })

  it('paths', () => {
    const { paths } = (gatewayOptionsSchema as unknown as { entries: Entries }).entries
    expect(promised((paths as unknown as { wrapped: unknown }).wrapped)).toEqual(DEFAULT_PATHS)
  })
})

import * as v from 'valibot'
import { expect, it } from 'vitest'
import { traceOptionsSchema } from '../src/options.ts'

it('the defaults that doc comments promise are those that hold', () => {
  const { entries } = traceOptionsSchema as unknown as { entries: Readonly<Record<string, v.GenericSchema>> }
  const promised = Object.entries(entries).map(([key, entry]) => [key, v.getMetadata(entry)['default']])
  expect(traceOptionsSchema['~standard'].validate({})).toEqual({
    typed: true,
    value: Object.fromEntries(promised) as unknown,
  })
})

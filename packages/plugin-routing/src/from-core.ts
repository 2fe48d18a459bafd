/** Core's schemas inside ours: through Standard Schema, so that neither side knows the other's library. */
import { issuePath, type OptionsSchema } from '@postern/core'
import * as v from 'valibot'

/** A schema of core's as a valibot schema. `wrapped` lets core find the known keys for its suggestions. */
export function fromCore<TOutput>(schema: OptionsSchema<TOutput>): v.GenericSchema<TOutput> {
  const checked = v.pipe(
    v.custom<TOutput>(() => true),
    v.rawTransform<TOutput, TOutput>(({ dataset, addIssue, NEVER }) => {
      const result = schema['~standard'].validate(dataset.value)
      if (result instanceof Promise) throw new TypeError('Schemas of core are synchronous')
      if (!result.issues) return result.value
      for (const issue of result.issues) {
        const path = pathItems(issuePath(issue), dataset.value)
        addIssue(path ? { message: issue.message, path } : { message: issue.message })
      }
      return NEVER
    }),
  )
  return Object.assign(checked, { wrapped: schema })
}

type PathItems = [v.IssuePathItem, ...v.IssuePathItem[]]

function pathItems(keys: readonly PropertyKey[], root: unknown): PathItems | undefined {
  let input: unknown = root
  const items = keys.map((key): v.IssuePathItem => {
    const value = (input as Record<PropertyKey, unknown> | null | undefined)?.[key]
    const item = { type: 'unknown', origin: 'value', input, key, value } as const
    input = value
    return item
  })
  const [first, ...rest] = items
  return first ? [first, ...rest] : undefined
}

/** Core's schemas inside ours: through Standard Schema, so that neither side knows the other's library. */
import { issuePath, type OptionsSchema } from '@postern/core'
import * as v from 'valibot'

/**
 * A schema of core's as a valibot schema. `wrapped` says what is really in it: to core, which looks for the known keys for its
 * suggestions, and to whoever makes JSON Schema of it.
 */
export function fromCore<TOutput>(schema: OptionsSchema<TOutput>): v.GenericSchema<TOutput> {
  const checked = v.pipe(
    v.custom<TOutput>(() => true),
    v.rawTransform<TOutput, TOutput>(({ dataset, addIssue, NEVER }) =>
      checkByCore(schema, dataset.value, addIssue, NEVER),
    ),
  )
  return Object.assign(checked, { wrapped: schema })
}

/**
 * The schema of an object that has keys of its own beside those of a schema of core's: each side checks its keys, and a key
 * that neither knows is core's to refuse. `wrapped` says what the whole is, as in `fromCore`.
 */
export function fromCoreAnd<TWhole extends object>(
  schema: OptionsSchema<object>,
  entries: v.ObjectEntries,
): v.GenericSchema<TWhole> {
  const checked = v.pipe(
    v.looseObject(entries),
    v.rawTransform(({ dataset, addIssue, NEVER }): TWhole => {
      const own: Record<string, unknown> = {}
      const others: Record<string, unknown> = {}
      for (const [key, value] of Object.entries(dataset.value)) (key in entries ? own : others)[key] = value
      return { ...checkByCore(schema, others, addIssue, NEVER), ...own } as TWhole
    }),
  )
  const { entries: known } = schema as { readonly entries?: v.ObjectEntries }
  return Object.assign(checked, {
    wrapped: v.strictObject({ ...known, ...entries }),
  }) as unknown as v.GenericSchema<TWhole>
}

/** What core makes of a value; its issues become issues of the schema around it. */
function checkByCore<TOutput, TNever>(
  schema: OptionsSchema<TOutput>,
  value: TOutput,
  addIssue: (issue: { message: string; path?: PathItems }) => void,
  never: TNever,
): TOutput | TNever {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) throw new TypeError('Schemas of core are synchronous')
  if (!result.issues) return result.value
  for (const issue of result.issues) {
    const path = pathItems(issuePath(issue), value)
    addIssue(path ? { message: issue.message, path } : { message: issue.message })
  }
  return never
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

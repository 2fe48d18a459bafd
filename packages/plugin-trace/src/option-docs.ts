/**
 * What the options mean, for JSON Schema. Made from their doc comments by tools/check-option-docs.ts: change those, then run it
 * with --update.
 */
import * as v from 'valibot'

const DOCS = {
  TraceOptions: {
    trust: { description: "Whether callers' trace context is continued.", default: true },
    responseHeader: {
      description: 'Response header that tells the client the trace id; `false` for none.',
      default: 'x-trace-id',
    },
    accessLog: {
      description: 'Whether each exchange leaves one line in the log, at level `info`.',
      default: true,
    },
    sampleRatio: { description: 'Share of new traces, 0 to 1, whose `sampled` flag is set.', default: 1 },
  },
} as const

type Docs = typeof DOCS

/** A field without a doc comment does not compile. */
type Undocumented<TEntries, TName extends keyof Docs> = {
  readonly [TKey in Exclude<keyof TEntries, keyof Docs[TName]>]: never
}

/** The entries of an object schema, each with the words and the default of its field's doc comment. */
function described<TName extends keyof Docs, TEntries extends v.ObjectEntries>(
  name: TName,
  entries: TEntries & Undocumented<TEntries, TName>,
): TEntries {
  const all: Record<string, v.ObjectEntries[string]> = { ...entries }
  for (const [key, doc] of Object.entries(DOCS[name])) {
    const entry = all[key]
    if (entry) all[key] = v.pipe(entry as v.GenericSchema, v.metadata(doc))
  }
  return all as TEntries
}

/** The schema of an object of options that refuses unknown keys. */
export function optionsOf<TName extends keyof Docs, const TEntries extends v.ObjectEntries>(
  name: TName,
  entries: TEntries & Undocumented<TEntries, TName>,
): v.StrictObjectSchema<TEntries, undefined> {
  return v.strictObject(described(name, entries))
}

/**
 * What the options mean, for JSON Schema. Made from their doc comments by tools/check-option-docs.ts: change those, then run it
 * with --update.
 */
import * as v from 'valibot'

const DOCS = {
  AccessLogOptions: {
    format: {
      description:
        "Names of the fields: `postern` is this package's schema, `ecs` Elastic Common Schema 8 with dotted keys, `otel` the stable semantic conventions of OpenTelemetry.",
      default: 'postern',
    },
    requestHeaders: {
      description:
        'Request headers whose **names** are recorded where they came, never their values. Default: none.',
    },
    responseHeaders: {
      description:
        'Response headers whose **names** are recorded where they were sent, never their values. Default: none.',
    },
    path: { description: 'Whether the path is recorded.', default: true },
    sampleRatio: { description: 'Share of traces, 0 to 1, whose exchanges are logged.', default: 1 },
    slowMs: {
      description:
        'From how long on an exchange is slow, in milliseconds, and logged whatever `sampleRatio` says.',
      default: 1000,
    },
    destination: {
      description:
        "File or named pipe that lines are appended to. Default: none, lines go through the gateway's logger.",
    },
    maxBufferBytes: {
      description: 'Most bytes that wait for a destination that cannot be written now.',
      default: 8388608,
    },
    name: { description: 'Who writes, on every line of a destination.', default: 'postern' },
  },
  PropagationOptions: {
    in: {
      description:
        'Formats that are read, in this order: the first with a valid context counts. Default: `w3c` alone.',
    },
    out: {
      description:
        'Formats that upstreams get: `b3` is the single header, `b3-multi` those that begin with `x-b3-`. Default: `w3c` alone.',
    },
    baggage: {
      description: 'Whether the `baggage` of trusted callers goes on, up to 8192 bytes and 180 members.',
      default: true,
    },
  },
  RecentOptions: {
    maxBytes: {
      description: 'Memory that is taken for them, whatever their number; the oldest make room.',
      default: 4194304,
    },
  },
  TraceOptions: {
    trust: { description: "What becomes of callers' trace context.", default: true },
    propagation: {
      description:
        'Formats in which trace context is read and written, W3C and B3, and whether baggage goes on. Default: W3C both ways.',
    },
    responseHeader: {
      description: 'Response header that tells the client the trace id; `false` for none.',
      default: 'x-trace-id',
    },
    accessLog: {
      description:
        'Whether each exchange leaves one line in the log, at level `info`, and how it is written.',
      default: true,
    },
    recent: {
      description: 'Whether the last exchanges are kept in memory for the view `exchanges`, and how many.',
      default: true,
    },
    sampleRatio: {
      description: 'Share of new traces, 0 to 1, whose `sampled` flag is set, chosen by the trace id.',
      default: 1,
    },
  },
  TrustOptions: {
    listeners: {
      description:
        'What becomes of the context of what comes by a listener, by its name (`listen({ name })`); this is asked before the addresses. Default: none.',
    },
    addresses: { description: 'Addresses and CIDR ranges whose context is continued. Default: none.' },
    others: {
      description:
        "What becomes of everybody else's context. Default: `restart` where `addresses` is given, else `continue`.",
    },
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

/**
 * What the options mean, for JSON Schema. Made from their doc comments by tools/check-option-docs.ts: change those, then run it
 * with --update.
 */
import * as v from 'valibot'

const DOCS = {
  AcceptedFinding: {
    rule: { description: 'Id of the rule.' },
    at: {
      description:
        "Which findings of the rule: a route's id or a service's name, or a path in the configuration. Default: all of them.",
    },
    until: { description: 'Last day on which it is accepted, `2027-03-01`. Default: no end.' },
    reason: { description: 'Why it is all right, for whoever reads it later.' },
  },
  AdminConfig: {
    port: { description: 'Port to listen on; 0 takes a free one.' },
    host: { description: 'Address to listen on.', default: '127.0.0.1' },
    socketPath: { description: 'Path of a unix socket, in place of host and port. Default: none.' },
    token: {
      description:
        'What a request that changes something has to show, 16 characters or more. Default: none, nothing can be changed.',
    },
  },
  AuditConfig: {
    shadowDays: {
      description: 'Days for which a guard may stay in `shadow` or `observe`, and an exception in place.',
      default: 30,
    },
    certificateDays: {
      description: 'Days before its end from which on a certificate is found.',
      default: 30,
    },
    transformsPerRoute: {
      description: 'Changes that a route may make of a request and its answer.',
      default: 8,
    },
    accept: { description: 'Findings that are accepted. Default: none.' },
  },
  DrainConfig: {
    graceMs: {
      description: 'How long running exchanges may go on after SIGTERM or SIGINT before they are cut.',
      default: 10000,
    },
  },
  GatewayConfig: {
    $schema: {
      description: 'Address or path of the JSON Schema that `gw schema` made, for editors. Default: none.',
    },
    listen: { description: 'Where to listen.' },
    plugins: { description: 'The plugins, by name or, in TypeScript, made in place: `auth({ … })`.' },
    admin: { description: 'Where operators ask the gateway how it is. Default: nowhere.' },
    drain: { description: 'How to end.' },
    audit: {
      description: 'What `gw check --strict` goes by. Default: its own bounds, and nothing is accepted.',
    },
  },
  PluginEntry: {
    use: {
      description:
        'npm name (`@postern/plugin-auth`), or the path of a module, relative to the configuration file (`./limit.js`).',
    },
    options: { description: "The plugin's options." },
  },
} as const

type Docs = typeof DOCS

/** A field without a doc comment does not compile. */
type Undocumented<TEntries, TName extends keyof Docs> = {
  readonly [TKey in Exclude<keyof TEntries, keyof Docs[TName]>]: never
}

/** The entries of an object schema, each with the words and the default of its field's doc comment. */
export function described<TName extends keyof Docs, TEntries extends v.ObjectEntries>(
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

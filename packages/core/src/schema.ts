/**
 * The part of Standard Schema (standardschema.dev, version 1) that core reads. Any library that implements it — valibot,
 * zod, arktype — can describe a plugin's options.
 */

/** One thing wrong with a value. */
export interface SchemaIssue {
  /** What is wrong, in words. */
  readonly message: string
  /** Where in the value: keys, or objects that carry one. */
  readonly path?: ReadonlyArray<PropertyKey | PathSegment> | undefined
}

/** A key as some libraries carry it. */
export interface PathSegment {
  /** The key. */
  readonly key: PropertyKey
}

/** What validation gives: the value with defaults filled in, or issues. */
export type SchemaResult<TOutput> = SchemaSuccess<TOutput> | SchemaFailure

/** A value that is as it should be. */
export interface SchemaSuccess<TOutput> {
  /** The value, defaults filled in. */
  readonly value: TOutput
  /** Absent: that is how a success is told. */
  readonly issues?: undefined
}

/** A value that is not. */
export interface SchemaFailure {
  /** What is wrong with it, at least one thing. */
  readonly issues: readonly SchemaIssue[]
}

/** A schema of options: any Standard Schema whose validation is synchronous. */
export interface OptionsSchema<TInput = unknown, TOutput = TInput> {
  /** The Standard Schema interface. */
  readonly '~standard': StandardProps<TInput, TOutput>
}

/** What a schema offers under `~standard`. */
export interface StandardProps<TInput, TOutput> {
  /** Version of Standard Schema. */
  readonly version: 1
  /** Name of the library. */
  readonly vendor: string
  /** Checks a value and fills in defaults. */
  readonly validate: (value: unknown) => SchemaResult<TOutput> | Promise<SchemaResult<TOutput>>
  /** Carries types only. */
  readonly types?: StandardTypes<TInput, TOutput> | undefined
}

/** Input and output of a schema, for the compiler. */
export interface StandardTypes<TInput, TOutput> {
  /** What people write. */
  readonly input: TInput
  /** What validation gives. */
  readonly output: TOutput
}

/** The path of an issue as keys. */
export function issuePath(issue: SchemaIssue): PropertyKey[] {
  return (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part))
}

/** A path as people write it: `routes[0].timeouts.totalMs`. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = ''
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`
    else text += text === '' ? String(key) : `.${String(key)}`
  }
  return text
}

/**
 * The keys that a schema accepts at a path, where the schema tells (valibot's `entries`, zod's `shape`, through
 * optional and array wrappers), for "did you mean" in messages. `undefined` where it does not tell.
 */
export function knownKeys(schema: unknown, path: readonly PropertyKey[]): string[] | undefined {
  let node = unwrap(schema)
  for (const key of path) {
    const fields = fieldsOf(node)
    node = unwrap(fields ? fields[String(key)] : (childOf(node) ?? undefined))
  }
  const fields = fieldsOf(node)
  return fields && Object.keys(fields)
}

/** The known key that is closest to a mistyped one, when it is close enough to be meant. */
export function suggestKey(key: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(key.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(key.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

type Node = Readonly<Record<string, unknown>> | undefined

function unwrap(schema: unknown): Node {
  let node = asNode(schema)
  while (node) {
    const wrapped = asNode(node['wrapped'])
    const pipe = node['pipe']
    if (wrapped) node = wrapped
    else if (!node['entries'] && Array.isArray(pipe) && pipe[0] !== node) node = asNode(pipe[0])
    else return node
  }
  return node
}

function fieldsOf(node: Node): Readonly<Record<string, unknown>> | undefined {
  return node && (asNode(node['entries']) ?? asNode(node['shape']))
}

function childOf(node: Node): unknown {
  // `item` is valibot's array, `value` its record, `element` zod's array.
  return node?.['item'] ?? node?.['value'] ?? node?.['element']
}

function asNode(value: unknown): Node {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min(substitution, (previous[j] as number) + 1, (current[j - 1] as number) + 1))
    }
    previous = current
  }
  return previous[b.length] as number
}

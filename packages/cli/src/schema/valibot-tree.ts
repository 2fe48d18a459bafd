/**
 * A valibot schema as its converter understands it. By their fields alone: a plugin brings a valibot of its own.
 *
 * What a converter cannot see through becomes something that it can: a schema whose `wrapped` says what is in it, a choice whose
 * `options` say what there is, checks by code.
 */

/** A schema, or an action of a pipe. */
export interface Item {
  readonly kind: string
  readonly type: string
  readonly [field: string]: unknown
}

/** Fields that hold one schema, several, or several by key. */
const ONE = ['wrapped', 'item', 'key', 'value', 'rest']
const SEVERAL = ['options', 'items']

/** Schemas whose `wrapped` is valibot's own. */
const WRAPPERS = new Set([
  'optional',
  'exact_optional',
  'undefinedable',
  'nullable',
  'nullish',
  'non_optional',
  'non_nullable',
  'non_nullish',
])

/** What no text of JSON or YAML can be. */
const NEVER_IN_JSON = new Set([
  'bigint',
  'blob',
  'date',
  'file',
  'function',
  'instance',
  'map',
  'nan',
  'promise',
  'set',
  'symbol',
  'undefined',
  'void',
])

const ANYTHING: Item = { kind: 'schema', type: 'unknown' }
const NOTHING: Item = { kind: 'schema', type: 'never' }

/** Makes trees for the converter. The same schema gives the same tree, so that recursive ones end. */
export class ValibotTrees {
  readonly #made = new Map<unknown, Item>()

  of(schema: unknown): Item {
    if (!isItem(schema)) return ANYTHING
    const known = this.#made.get(schema)
    if (known) return known
    const made = this.#make(schema)
    this.#made.set(schema, made)
    return made
  }

  #make(schema: Item): Item {
    const { pipe, options, wrapped } = schema
    const isPiped = Array.isArray(pipe)
    // A pipe has the fields of its head.
    const head = isPiped ? (pipe[0] as Item | undefined) : undefined
    if (schema.type === 'lazy' && Array.isArray(options) && !isPiped) return this.#union(options)
    if (wrapped !== undefined && wrapped !== head?.['wrapped'] && !WRAPPERS.has(schema.type)) {
      return this.of(wrapped)
    }
    if (isPiped) return this.#pipe(pipe.filter(isItem))
    if (schema.type.startsWith('non_')) return this.of(schema['wrapped'])
    if (NEVER_IN_JSON.has(schema.type)) return NOTHING
    if (schema.type === 'custom') return ANYTHING
    return schema.type === 'lazy' ? this.#lazy(schema) : this.#withChildren(schema)
  }

  /**
   * What goes in, with what is said of it: the checks before the first change of the value, and all metadata. Where a check by
   * code stands before a schema, the schema says more.
   */
  #pipe(pipe: readonly Item[]): Item {
    const [first = ANYTHING, ...others] = pipe
    const start = first.type === 'custom' ? (others.find(({ kind }) => kind === 'schema') ?? first) : first
    const after = pipe.slice(pipe.indexOf(start) + 1)
    const change = after.findIndex(({ kind }) => kind === 'schema' || kind === 'transformation')
    const said = after.filter(
      ({ kind }, index) => kind === 'metadata' || (kind === 'validation' && (change < 0 || index < change)),
    )
    const head = this.of(start)
    // With the fields of its head, so that an optional key is still seen as one.
    return said.length === 0 ? head : { ...head, pipe: [head, ...said] }
  }

  #lazy(schema: Item): Item {
    const { getter } = schema as unknown as { readonly getter: (input: unknown) => unknown }
    return {
      ...schema,
      getter: (): Item => {
        try {
          return this.of(getter(undefined))
        } catch {
          // It chooses by the value, and there is none.
          return ANYTHING
        }
      },
    }
  }

  #union(options: readonly unknown[]): Item {
    return { kind: 'schema', type: 'union', options: options.map((option) => this.of(option)) }
  }

  #withChildren(schema: Item): Item {
    const copy: Record<string, unknown> = { ...schema }
    for (const field of ONE) if (isItem(schema[field])) copy[field] = this.of(schema[field])
    for (const field of SEVERAL) {
      const list = schema[field]
      if (Array.isArray(list) && list.some(isItem)) copy[field] = list.map((one) => this.of(one))
    }
    const { entries } = schema
    if (typeof entries === 'object' && entries !== null) {
      copy['entries'] = Object.fromEntries(
        Object.entries(entries).map(([key, entry]) => [key, this.of(entry)]),
      )
    }
    return copy as unknown as Item
  }
}

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && 'kind' in value && 'type' in value
}

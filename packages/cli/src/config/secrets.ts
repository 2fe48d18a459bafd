/**
 * Secrets: `{ env: NAME }` and `{ file: path }` in plugin options and TLS settings, replaced by what they name and never
 * shown.
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ConfigIssue } from './issues.ts'

/** Whether the object at a path has an option of a name. */
export type IsOption = (path: readonly PropertyKey[], key: string) => boolean

const NOTHING_KNOWN: IsOption = () => false

/** The secrets of one configuration: replaces references, and keeps the values out of what is printed. */
export class Secrets {
  /** References that lead nowhere. */
  readonly issues: ConfigIssue[] = []
  /** Absolute paths of the files that are named, also of those that are missing. */
  readonly files = new Set<string>()
  readonly #folder: string
  readonly #env: NodeJS.ProcessEnv
  readonly #values = new Map<string, string>()

  /** @param folder where relative paths start: the folder of the configuration file. */
  constructor(folder: string, env: NodeJS.ProcessEnv = process.env) {
    this.#folder = folder
    this.#env = env
  }

  /**
   * The value with every reference in it replaced. A reference is an object whose only key is `env` or `file`
   * and whose value is a string; everything else, also `{ file, watch: true }`, belongs to the plugin and
   * stays as it is.
   * @param isOption whether the object at a path has an option of that name: then `file` is no secret but a file that the
   *   plugin itself reads.
   */
  replace(value: unknown, path: readonly PropertyKey[], isOption: IsOption = NOTHING_KNOWN): unknown {
    if (Array.isArray(value))
      return value.map((item: unknown, index) => this.replace(item, [...path, index], isOption))
    // Only plain objects: a class instance (a key object, a logger) in a TypeScript configuration must stay
    // itself.
    if (!isPlainObject(value)) return value
    const entries = Object.entries(value)
    const [first, ...others] = entries
    if (
      first &&
      others.length === 0 &&
      typeof first[1] === 'string' &&
      first[1] !== '' &&
      !isOption(path, first[0])
    ) {
      if (first[0] === 'env') return this.#fromEnv(first[1], path)
      if (first[0] === 'file') return this.#fromFile(first[1], path)
    }
    return Object.fromEntries(
      entries.map(([key, item]) => [key, this.replace(item, [...path, key], isOption)]),
    )
  }

  /** The text with every secret in it replaced by where it came from. */
  redact = (text: string): string => {
    let safe = text
    // The longest first: one secret may be a part of another.
    for (const [value, origin] of [...this.#values].sort(([a], [b]) => b.length - a.length)) {
      // A value of one or two characters occurs in every text; it is replaced where a message quotes it as a
      // value.
      safe = value.length < 3 ? safe.replaceAll(`"${value}"`, origin) : safe.replaceAll(value, origin)
    }
    return safe
  }

  /** Keeps a value out of what is printed, though it stands in the file itself. */
  hide(value: string, place: string): void {
    this.#keep(value, `(${place})`)
  }

  #fromEnv(name: string, path: readonly PropertyKey[]): unknown {
    const value = this.#env[name]
    if (value !== undefined && value !== '') return this.#keep(value, `{ env: ${name} }`)
    this.issues.push({
      path,
      message: `The environment variable ${name} is ${value === '' ? 'empty' : 'not set'}`,
    })
    return undefined
  }

  #fromFile(name: string, path: readonly PropertyKey[]): unknown {
    const file = resolve(this.#folder, name)
    this.files.add(file)
    try {
      // Editors and `echo` end a file with a line break that is not part of the secret.
      const value = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
      if (value !== '') return this.#keep(value, `{ file: ${name} }`)
      this.issues.push({ path, message: `The file ${name} is empty` })
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
      const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`
      this.issues.push({ path, message: `The file ${name} ${why}` })
    }
    return undefined
  }

  #keep(value: string, origin: string): string {
    this.#values.set(value, origin)
    // A message may quote one line of a key of many lines, or the form that JSON gives it.
    for (const part of [JSON.stringify(value).slice(1, -1), ...value.split(/\r?\n/)]) {
      if (part.length >= 8 && !this.#values.has(part)) this.#values.set(part, origin)
    }
    return value
  }
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

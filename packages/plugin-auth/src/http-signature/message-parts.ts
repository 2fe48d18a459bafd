import { type InnerList, type Item, parseDictionary } from './structured.ts'

type Dictionary = ReadonlyMap<string, Item | InnerList>

/** Parts of a message of which components name parts. Each is read once, however many name it: nobody has proved anything yet. */
export class MessageParts {
  readonly #query: string
  #parameters: ReadonlyMap<string, readonly string[]> | undefined
  readonly #dictionaries = new Map<string, Dictionary | undefined>()

  /** @param query with its `?`. */
  constructor(query: string) {
    this.#query = query
  }

  /** Values of a query parameter, encoded like its name (RFC 9421 section 2.2.8). */
  parameter(name: string): readonly string[] {
    this.#parameters ??= parametersOf(this.#query)
    return this.#parameters.get(name) ?? []
  }

  /** The dictionary that the text of a field is; `undefined` when it is none. */
  dictionary(text: string): Dictionary | undefined {
    if (!this.#dictionaries.has(text)) this.#dictionaries.set(text, dictionaryOf(text))
    return this.#dictionaries.get(text)
  }
}

function parametersOf(query: string): ReadonlyMap<string, readonly string[]> {
  const parameters = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(query)) {
    const values = parameters.get(encoded(name))
    if (values) values.push(encoded(value))
    else parameters.set(encoded(name), [encoded(value)])
  }
  return parameters
}

function dictionaryOf(text: string): Dictionary | undefined {
  try {
    return parseDictionary(text)
  } catch {
    return undefined
  }
}

/** The form-urlencoded percent-encode set of the URL standard, with `%20` for a blank. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

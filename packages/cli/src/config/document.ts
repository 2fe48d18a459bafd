/** YAML and JSON with the place of every value, so that whatever is wrong can be pointed at. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
} from 'yaml'
import { messageOf } from '../errors.ts'
import type { ConfigIssue } from './issues.ts'

/** A place in a file, both numbers from 1. */
export interface Position {
  /** The line. */
  readonly line: number
  /** The column, in UTF-16 units. */
  readonly column: number
}

/** What a configuration file holds. */
export interface ConfigSource {
  /** Absolute path. */
  readonly file: string
  /** What it says, not yet checked. Meaningless when there are problems. */
  readonly data: unknown
  /** What makes it unreadable: syntax, repeated keys. */
  readonly problems: readonly ConfigIssue[]
  /** The text that was read; `undefined` of a module, which is run. */
  readonly text: string | undefined
  /** Where the value at a path stands, or its key; the nearest that exists around it when it is not there. */
  locate(path: readonly PropertyKey[], at: 'key' | 'value'): Position | undefined
  /** The text of a line, `undefined` where positions mean nothing. */
  line(number: number): string | undefined
}

/** Reads a YAML or JSON text. Never throws: what is wrong with the text is in `problems`. */
export function readDocument(file: string, fileText: string): ConfigSource {
  const text = fileText.replace(/^\uFEFF/, '')
  const isJson = file.endsWith('.json')
  const counter = new LineCounter()
  // Outside of strings JSON has tabs only between tokens. As blanks they keep every offset, and YAML's rules
  // about tabs have nothing to object to.
  const document = parseDocument(isJson ? text.replaceAll('\t', ' ') : text, {
    lineCounter: counter,
    prettyErrors: false,
    merge: true,
  })
  const place = (offset: number): Position => {
    const { line, col } = counter.linePos(offset)
    return { line, column: col }
  }
  const problems: ConfigIssue[] = []
  const data = isJson ? jsonData(text, place, problems) : yamlData(document, place, problems)
  // Warnings (an unknown tag) are errors here: the value would silently be another than the one that was
  // meant.
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    if (isJson && code !== 'DUPLICATE_KEY') continue
    problems.push({ path: [], message: PLAIN_WORDS[code] ?? message, position: place(pos[0]) })
  }
  const lines = text.split(/\r?\n/)
  return {
    file,
    data,
    problems,
    text: fileText,
    locate: (path, at) => place(offsetOf(document, path, at)),
    line: (number) => lines[number - 1],
  }
}

const PLAIN_WORDS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'The same key stands twice in one object',
  TAB_AS_INDENT: 'YAML does not allow tabs as indentation: use blanks',
  MULTIPLE_DOCS: 'More than one document in one file (a line with ---)',
}

function yamlData(document: Document, place: (offset: number) => Position, problems: ConfigIssue[]): unknown {
  if (document.errors.length > 0) return undefined
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) !== undefined) return
      const message = `The alias *${alias.source} has no anchor &${alias.source} before it`
      problems.push({ path: [], message, position: place(alias.range?.[0] ?? 0) })
    },
  })
  if (problems.length > 0) return undefined
  try {
    return document.toJS()
  } catch (error) {
    // Aliases that grow without end show only here, and carry no place.
    problems.push({ path: [], message: messageOf(error) })
    return undefined
  }
}

function jsonData(text: string, place: (offset: number) => Position, problems: ConfigIssue[]): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const message = messageOf(error)
    // V8 repeats a piece of the text in the message; the caret shows the place without that.
    const words = message
      .replace(/( in JSON)? at position.*$/s, '')
      .replace(/, (\.\.\.)?".*is not valid JSON$/s, '')
    problems.push({ path: [], message: words, position: place(firstBadOffset(text)) })
    return undefined
  }
}

/** Where JSON stops being the beginning of valid JSON. Not every message of JSON.parse says it. */
function firstBadOffset(text: string): number {
  let good = 0
  let bad = text.length
  while (good < bad) {
    const middle = (good + bad + 1) >> 1
    if (mayGoOn(text.slice(0, middle))) good = middle
    else bad = middle - 1
  }
  return good
}

function mayGoOn(prefix: string): boolean {
  try {
    JSON.parse(prefix)
    return true
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    const at = /at position (\d+)/.exec(message)?.[1]
    return at === undefined ? message.includes('end of JSON input') : Number(at) >= prefix.length
  }
}

function offsetOf(document: Document, path: readonly PropertyKey[], at: 'key' | 'value'): number {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  let keyOffset = offset
  for (const [depth, key] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document)
    let keyNode: unknown
    let value: unknown
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => String(isScalar(item.key) ? item.key.value : item.key) === String(key),
      )
      // What is missing is shown at the key of the object that lacks it.
      if (!pair) return keyOffset
      keyNode = pair.key
      value = pair.value
    } else if (isSeq(node)) {
      value = node.items[Number(key)]
    }
    const valueOffset = startOf(value) ?? startOf(keyNode)
    if (valueOffset === undefined) return keyOffset
    keyOffset = startOf(keyNode) ?? valueOffset
    offset = at === 'key' && depth === path.length - 1 ? keyOffset : valueOffset
    node = value
  }
  return offset
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}

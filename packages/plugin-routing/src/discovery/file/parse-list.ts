import { extname } from 'node:path'
import { parse as parseYaml } from 'yaml'

/** Reads what a file says; the listener checks whether it is a list of endpoints. What it throws repeats nothing of the file. */
export type ParseFile = (text: string) => unknown

/** How a file of this name is read: `.yaml` and `.yml` as YAML, every other as JSON. */
export function parserFor(path: string): ParseFile {
  return /^\.ya?ml$/i.test(extname(path)) ? readYaml : readJson
}

/** The parser's own message repeats a piece of the file, which may be a key. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('it is not JSON')
  }
}

function readYaml(text: string): unknown {
  // Half of a JSON list is none, but half of a YAML list is a shorter one, and half an address another address.
  if (!text.endsWith('\n')) throw new Error('it does not end with a line break: it may be half written')
  try {
    // Errors throw; warnings would go to the process's own log.
    return parseYaml(text, { logLevel: 'error' })
  } catch {
    throw new Error('it is not YAML')
  }
}

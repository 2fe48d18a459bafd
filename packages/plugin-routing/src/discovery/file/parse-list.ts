import { createRequire } from 'node:module'
import { extname } from 'node:path'
import type * as Yaml from 'yaml'

/** Reads what a file says; the listener checks whether it is a list of endpoints. What it throws repeats nothing of the file. */
export type ParseFile = (text: string) => unknown

/**
 * How a file of this name is read: `.yaml` and `.yml` as YAML, every other as JSON.
 * @throws {Error} when it is YAML, and the package that reads it is not installed.
 */
export function parserFor(path: string): ParseFile {
  if (!/^\.ya?ml$/i.test(extname(path))) return readJson
  const yaml = loadYaml(path)
  return (text) => readYaml(yaml, text)
}

/** Only who has lists in YAML needs the package: it is an optional peer. */
function loadYaml(path: string): typeof Yaml {
  try {
    return createRequire(import.meta.url)('yaml') as typeof Yaml
  } catch (cause) {
    throw new Error(`${path} is YAML, which needs the package "yaml": npm install yaml`, { cause })
  }
}

/** The parser's own message repeats a piece of the file, which may be a key. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('it is not JSON')
  }
}

function readYaml(yaml: typeof Yaml, text: string): unknown {
  // Half of a JSON list is none, but half of a YAML list is a shorter one, and half an address another address.
  if (!text.endsWith('\n')) throw new Error('it does not end with a line break: it may be half written')
  try {
    // Errors throw; warnings would go to the process's own log.
    return yaml.parse(text, { logLevel: 'error' })
  } catch {
    throw new Error('it is not YAML')
  }
}

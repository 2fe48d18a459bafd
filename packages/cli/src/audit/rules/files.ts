/** Files that plugins follow while the gateway runs: it starts without them, and refuses callers until they come. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseDocument } from 'yaml'
import { objectsIn, texts } from '../look.ts'
import type { AuditRule, Finding } from '../rule.ts'

type Path = readonly PropertyKey[]

/** A file that an option names. */
interface NamedFile {
  readonly path: Path
  readonly name: string
  /** In which form its content is; anything where it is not said. */
  readonly form?: 'json' | 'yaml'
}

/** The files in the options of Postern's plugins. */
function* filesIn(options: unknown, base: Path): Generator<NamedFile> {
  for (const [path, object] of objectsIn(options, base)) {
    const { jwksFile, pemFile, files, watch, path: name } = object
    if (typeof jwksFile === 'string') yield { path: [...path, 'jwksFile'], name: jwksFile, form: 'json' }
    if (typeof pemFile === 'string') yield { path: [...path, 'pemFile'], name: pemFile }
    if (path.at(-1) === 'keys')
      for (const [index, one] of texts(files).entries()) yield { path: [...path, 'files', index], name: one }
    if (typeof watch === 'string') yield { path: [...path, 'watch'], name: watch }
    if (path.at(-1) === 'file' && typeof name === 'string')
      yield { path: [...path, 'path'], name, form: /\.ya?ml$/.test(name) ? 'yaml' : 'json' }
  }
}

const fileUnusable: AuditRule = {
  id: 'file-unusable',
  severity: 'error',
  title: 'A file that is named cannot be used',
  why: 'The gateway starts without it and waits: until it comes, callers whom it is about get 503.',
  fix: 'Put the file there, or mend its name: relative ones start at the working directory of the gateway.',
  *check({ plugins }): Iterable<Finding> {
    for (const { name, path, options } of plugins) {
      if (!name.startsWith('@postern/')) continue
      for (const file of filesIn(options, [...path, 'options'])) {
        const problem = problemWith(file)
        if (problem !== undefined) yield { path: file.path, message: `${file.name} ${problem}` }
      }
    }
  },
}

function problemWith({ name, form }: NamedFile): string | undefined {
  let text: string
  try {
    text = readFileSync(resolve(name), 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    return code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`
  }
  if (text.trim() === '') return 'is empty'
  if (form === 'yaml' && parseDocument(text).errors.length > 0) return 'is not YAML'
  if (form === 'json' && !isJson(text)) return 'is not JSON'
  return undefined
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The rules of this file. */
export const fileRules: readonly AuditRule[] = [fileUnusable]

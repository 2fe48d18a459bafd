/** What the package of a plugin has to be, beside its code. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isRecord } from '../config/validate.ts'

/** What of a package.json counts here. All of it is checked, so nothing of it is believed. */
export interface PluginManifest {
  readonly name?: unknown
  readonly version?: unknown
  readonly type?: unknown
  readonly exports?: unknown
  readonly files?: unknown
  readonly engines?: unknown
  readonly license?: unknown
  readonly dependencies?: Readonly<Record<string, unknown>>
  readonly devDependencies?: Readonly<Record<string, unknown>>
  readonly peerDependencies?: Readonly<Record<string, unknown>>
  readonly postern?: { readonly conformance?: unknown }
}

/** Something that is wrong, and what to do. */
export interface PackageFinding {
  /** `error`: it cannot be used, or breaks who installs it. `warning`: it works. */
  readonly severity: 'error' | 'warning'
  /** Field of package.json. */
  readonly field: string
  /** What is wrong, and what to write. */
  readonly message: string
}

/** The module that `import` of the package gives, as package.json says; `undefined` when it says none. */
export function mainOf({ exports }: PluginManifest): {
  readonly code: string | undefined
  readonly types: string | undefined
} {
  const root = isRecord(exports) && '.' in exports ? exports['.'] : exports
  return { code: pick(root, ['node', 'import', 'module-sync', 'default']), types: pick(root, ['types']) }
}

/** Looks at a package.json and at the files that it names. */
export function checkPackage(manifest: PluginManifest, folder: string): PackageFinding[] {
  const found: PackageFinding[] = []
  const error = (field: string, message: string): void =>
    void found.push({ severity: 'error', field, message })
  const warn = (field: string, message: string): void =>
    void found.push({ severity: 'warning', field, message })

  const { name, version, type, files, engines, license } = manifest
  if (typeof name !== 'string' || name === '') error('name', 'It has no name: a plugin is found by it')
  if (typeof version !== 'string' || !/^\d+\.\d+\.\d+/.test(version))
    error('version', 'Expected a version such as 1.0.0')
  if (type !== 'module') error('type', 'Write "type": "module": Postern and its plugins are ES modules')
  if (!isRecord(engines) || typeof engines['node'] !== 'string')
    warn('engines', 'Write "engines": { "node": ">=22.19" }, the oldest Node that Postern runs on')
  if (typeof license !== 'string') warn('license', 'It has no licence; "UNLICENSED" says that it is your own')

  const { code, types } = mainOf(manifest)
  if (code === undefined)
    error('exports', 'Write "exports": { ".": { "types": …, "default": "./dist/index.js" } }')
  else if (!existsSync(join(folder, code))) error('exports', `There is no file ${code}: build the package`)
  else if (Array.isArray(files) && !files.some((entry) => covers(String(entry), code)))
    error('files', `${code} is not in the package: name its folder in "files"`)
  if (code !== undefined && types === undefined)
    warn('exports', 'It has no types: whoever uses it in TypeScript gets none')
  else if (types !== undefined && !existsSync(join(folder, types)))
    error('exports', `There is no file ${types}: build the package`)
  if (!Array.isArray(files)) warn('files', 'Without "files" the sources and tests are published, too')

  const core = manifest.peerDependencies?.['@postern/core']
  if (typeof core !== 'string')
    error('peerDependencies', 'Name "@postern/core" here, so that a gateway has one core for all its plugins')
  else if (!endsSomewhere(core))
    error('peerDependencies', `The range "${core}" of @postern/core has no end: write one such as "^0.1.0"`)
  if (manifest.dependencies?.['@postern/core'] !== undefined)
    error('dependencies', '@postern/core belongs in peerDependencies: here npm may install a second one')
  for (const other of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    if (other.startsWith('@postern/plugin-'))
      error('dependencies', `A plugin needs no other plugin (${other}): what they share is a slot`)
  }
  return found
}

/** `>=1` and `*` claim to work with what does not exist yet. */
function endsSomewhere(range: string): boolean {
  return range.split('||').every((part) => /^\s*[\^~]?\d/.test(part) || /<=?\s*\d/.test(part))
}

/** Whether an entry of `files` has the file in it. */
function covers(entry: string, file: string): boolean {
  const plain = (path: string): string => path.replace(/^\.?\//, '').replace(/\/(\*\*?(\/\*)?)?$/, '')
  return plain(file) === plain(entry) || plain(file).startsWith(`${plain(entry)}/`)
}

function pick(value: unknown, conditions: readonly string[]): string | undefined {
  if (typeof value === 'string') return conditions.includes('default') ? value : undefined
  if (!isRecord(value)) return undefined
  for (const [condition, target] of Object.entries(value)) {
    if (!conditions.includes(condition)) continue
    const found = typeof target === 'string' ? target : pick(target, conditions)
    if (found !== undefined) return found
  }
  // Types may stand inside of a condition: { import: { types, default } }.
  if (conditions.includes('types'))
    for (const target of Object.values(value)) if (isRecord(target)) return pick(target, conditions)
  return undefined
}

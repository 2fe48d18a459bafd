/** Certificates, keys and tokens: a configuration names where they are, and never has one in it. */
import type { ConfigIssue } from './issues.ts'
import type { Secrets } from './secrets.ts'
import { isRecord, valueAt } from './validate.ts'

/** Where certificates, keys and the token of the admin listener are named. */
const PLACES = [
  ['listen', 'tls'],
  ['upstream', 'tls'],
  ['admin', 'token'],
] as const

/** A configuration with its certificates, keys and tokens read. */
export interface WithMaterial {
  /** The configuration. */
  readonly data: unknown
  /** Keys that stand in the file, and references that lead nowhere. */
  readonly issues: readonly ConfigIssue[]
}

/** Reads what `listen.tls`, `upstream.tls` and `admin.token` name by `{ file: path }` and `{ env: NAME }`. */
export function readMaterial(data: unknown, file: string, secrets: Secrets): WithMaterial {
  if (!isRecord(data)) return { data, issues: [] }
  const read: Record<string, unknown> = { ...data }
  const issues: ConfigIssue[] = []
  const before = secrets.issues.length
  for (const path of PLACES) {
    const [key, inner] = path
    const there = valueAt(data, path)
    // A module may have read the file itself.
    if (/\.(?:ya?ml|json)$/.test(file)) issues.push(...secretsIn(there, path, secrets))
    if (!isRecord(there)) continue
    read[key] = { ...(data[key] as object), [inner]: secrets.replace(there, path) }
  }
  return { data: read, issues: [...issues, ...secrets.issues.slice(before)] }
}

function secretsIn(there: unknown, path: readonly PropertyKey[], secrets: Secrets): ConfigIssue[] {
  if (isRecord(there)) return keysIn(there, path, secrets)
  if (typeof there !== 'string') return []
  return [literal(there, path, 'token', secrets)]
}

function keysIn(
  tls: Readonly<Record<string, unknown>>,
  path: readonly PropertyKey[],
  secrets: Secrets,
): ConfigIssue[] {
  const more: unknown = tls['certificates']
  return [
    ...['key', 'passphrase'].flatMap((name) => {
      const value = tls[name]
      return typeof value === 'string' ? [literal(value, [...path, name], 'key', secrets)] : []
    }),
    ...(Array.isArray(more) ? more : []).flatMap((entry: unknown, index) =>
      isRecord(entry) ? keysIn(entry, [...path, 'certificates', index], secrets) : [],
    ),
  ]
}

/** A secret in the file: the line that is shown with the complaint must not have it. */
function literal(value: string, path: readonly PropertyKey[], what: string, secrets: Secrets): ConfigIssue {
  secrets.hide(value, what)
  const message = `A ${what} does not stand in a configuration: give it as { file: path } or { env: NAME }`
  return { path, message }
}

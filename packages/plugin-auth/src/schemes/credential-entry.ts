import type { Principal, PrincipalKind } from '@postern/core/contracts'
import * as v from 'valibot'
import { described } from '../option-docs.ts'
import { PRINTABLE, SCOPE } from '../option-values.ts'
import type { Verified } from './scheme.ts'

/** One credential of a caller, in options or in a file. */
export interface CredentialEntry {
  /** Who the caller is: the principal's `id`. Printable ASCII. */
  readonly id: string
  /** The hash of the secret. **Never the secret itself.** */
  readonly hash: string
  /** Scopes that the caller holds. Default: none. */
  readonly scopes?: readonly string[] | undefined
  /** What the caller is. Default: `service`. */
  readonly kind?: PrincipalKind | undefined
  /** When the credential stops being accepted: ISO 8601, a date (its beginning, UTC) or a time with its zone. Default: never. */
  readonly expiresAt?: string | undefined
  /** When it was made, in the same form; a claim of the principal. Default: none. */
  readonly createdAt?: string | undefined
}

/** A credential, read. */
export interface Credential {
  /** As it was written. */
  readonly hash: string
  /** Whom it stands for. */
  readonly verified: Verified
  /** When it expires, on the clock of `Date.now()`; `Infinity` for never. */
  readonly expiresMs: number
}

const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/
// Every message is our own: those of the library repeat the value, which may be a secret in the wrong place.
const time = v.pipe(
  v.string('Expected a date or time (ISO 8601)'),
  v.check(
    (value) => TIME.test(value) && !Number.isNaN(Date.parse(value)),
    'Expected a date, or a time with its zone (ISO 8601): 2027-01-31 or 2027-01-31T12:00:00Z',
  ),
)
const SCOPE_MESSAGE = 'Expected a list of scopes (RFC 6749 section 3.3)'
const scope = v.pipe(v.string(SCOPE_MESSAGE), v.regex(SCOPE, SCOPE_MESSAGE))
const ID_MESSAGE = 'Expected who the caller is: printable ASCII'

/** Schema of a credential with a hash of this form. */
export const entrySchema = <THash extends v.GenericSchema<string>>(hash: THash) =>
  v.strictObject(
    described('CredentialEntry', {
      id: v.pipe(v.string(ID_MESSAGE), v.maxLength(256, ID_MESSAGE), v.regex(PRINTABLE, ID_MESSAGE)),
      hash,
      scopes: v.optional(v.array(scope, SCOPE_MESSAGE)),
      kind: v.optional(v.picklist(['service', 'user'], 'Expected service or user')),
      expiresAt: v.optional(time),
      createdAt: v.optional(time),
    }),
    (issue) =>
      issue.expected === 'never'
        ? 'Unknown key. An entry has id, hash, scopes, kind, expiresAt and createdAt'
        : 'Expected an entry with id and hash',
  )

/**
 * Reads a file of credentials: a JSON list.
 * @throws {Error} that says which entry is wrong, and holds nothing of the file.
 */
export function parseEntries<TEntry>(text: string, schema: v.GenericSchema<unknown, TEntry>): TEntry[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Error('it is not JSON')
  }
  const result = v.safeParse(v.array(schema, 'Expected a list'), value)
  if (result.success) return result.output
  const [{ message, path = [] }] = result.issues
  const place = path.length > 0 ? `entry ${Number(path[0]?.key) + 1}: ` : ''
  throw new Error(`${place}${message}`)
}

/** Makes a credential of an entry. Frozen: one principal serves many requests. */
export function toCredential(
  entry: CredentialEntry,
  scheme: string,
  more: Readonly<Record<string, string>> = {},
): Credential {
  const { id, hash, kind = 'service', scopes = [], createdAt, expiresAt } = entry
  const principal: Principal = Object.freeze({
    id,
    kind,
    scheme,
    scopes: Object.freeze([...scopes]),
    claims: Object.freeze({
      ...more,
      ...(createdAt === undefined ? {} : { createdAt }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    }),
    via: Object.freeze([]),
  })
  return Object.freeze({
    hash,
    verified: Object.freeze({
      principal,
      credential: { keys: [hash], issuedAtMs: createdAt === undefined ? undefined : Date.parse(createdAt) },
    }),
    expiresMs: expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt),
  })
}

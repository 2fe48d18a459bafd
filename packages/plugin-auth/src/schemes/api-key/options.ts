import * as v from 'valibot'
import { followedFile, type ResolvedFileOptions } from '../../files/file-schema.ts'
import type { FileOptions } from '../../files/file-watch.ts'
import { optionsOf } from '../../option-docs.ts'
import { headerName } from '../../option-values.ts'
import { type CredentialEntry, entrySchema } from '../credential-entry.ts'

/** One API key. `hash` is what `hashApiKey` returns: `sha256:` and 64 hex digits. */
export type ApiKeyEntry = CredentialEntry

/** API keys. They are read from a header only: a query ends up in logs, histories and `Referer`. */
export interface ApiKeyOptions {
  /** Header that carries the key. Default: `x-api-key`. */
  readonly header?: string | undefined
  /** The keys. A caller may have several, so that a new one works before the old one goes. Default: none. */
  readonly keys?: readonly ApiKeyEntry[] | undefined
  /** A file with more keys: a JSON list of entries like those of `keys`, followed while the gateway runs. Default: none. */
  readonly file?: string | FileOptions | undefined
  /** Whether the upstream gets the header as the client sent it. `false` removes it in every mode but `off`. Default: `true`. */
  readonly forward?: boolean | undefined
}

/** `ApiKeyOptions` with every default filled in. */
export interface ResolvedApiKeyOptions {
  readonly header: string
  readonly keys: readonly ApiKeyEntry[]
  readonly file?: ResolvedFileOptions | undefined
  readonly forward: boolean
}

const HASH_MESSAGE =
  'Expected sha256: and 64 hex digits, as hashApiKey() makes it. A key itself never stands in options or files'

/** Schema of an `ApiKeyEntry`. */
export const apiKeyEntrySchema = entrySchema(
  v.pipe(v.string(HASH_MESSAGE), v.regex(/^sha256:[0-9a-f]{64}$/, HASH_MESSAGE)),
)

/** Schema of `ApiKeyOptions`. */
export const apiKeyOptionsSchema = v.pipe(
  optionsOf('ApiKeyOptions', {
    header: v.optional(headerName, 'x-api-key'),
    keys: v.optional(
      v.pipe(
        v.array(apiKeyEntrySchema),
        v.check(
          (keys) => new Set(keys.map(({ hash }) => hash)).size === keys.length,
          'Two entries have the same hash',
        ),
      ),
      [],
    ),
    file: v.optional(followedFile(50, 5_000)),
    forward: v.optional(v.boolean(), true),
  }),
  v.check(({ keys, file }) => keys.length > 0 || file !== undefined, 'Give keys, or a file with keys'),
)

import * as v from 'valibot'
import { followedFile, type ResolvedFileOptions } from '../../files/file-schema.ts'
import type { FileOptions } from '../../files/file-watch.ts'
import { optionsOf } from '../../option-docs.ts'
import { ms, whole } from '../../option-values.ts'
import { type CredentialEntry, entrySchema } from '../credential-entry.ts'
import { isPasswordHash } from './password-hash.ts'

/** One user. `id` is the user name, without a colon; `hash` is what `hashPassword` returns: `$scrypt$…`. */
export type BasicUser = CredentialEntry

/** Users with passwords (RFC 7617). */
export interface BasicOptions {
  /** The users, each `id` once. Default: none. */
  readonly users?: readonly BasicUser[] | undefined
  /** A file with more users: a JSON list of entries like those of `users`, followed while the gateway runs. Default: none. */
  readonly file?: string | FileOptions | undefined
  /** How long a verified password is remembered, in milliseconds; 0: not at all. A change of the user ends it. Default: 300000 (5 min). */
  readonly cacheMs?: number | undefined
  /** How many verified passwords are remembered. Default: 10000. */
  readonly maxCached?: number | undefined
  /** Passwords that are checked at once; each takes a thread of libuv's pool and the memory of its hash. Default: 2. */
  readonly concurrency?: number | undefined
  /** Passwords that may wait for their check. Above: 503 with `retry-after`. Default: 64. */
  readonly maxQueue?: number | undefined
}

/** `BasicOptions` with every default filled in. */
export interface ResolvedBasicOptions {
  readonly users: readonly BasicUser[]
  readonly file?: ResolvedFileOptions | undefined
  readonly cacheMs: number
  readonly maxCached: number
  readonly concurrency: number
  readonly maxQueue: number
}

const HASH_MESSAGE =
  'Expected $scrypt$ln=…,r=…,p=…$salt$hash with 16 to 256 MiB (128 · 2^ln · r) and p up to 16, as hashPassword() makes it. A password itself never stands in options or files'

/** Schema of a `BasicUser`. */
export const basicUserSchema = v.pipe(
  entrySchema(v.pipe(v.string(HASH_MESSAGE), v.check(isPasswordHash, HASH_MESSAGE))),
  v.check(({ id }) => !id.includes(':'), 'A user name has no colon (RFC 7617 section 2)'),
)

/** Schema of `BasicOptions`. */
export const basicOptionsSchema = v.pipe(
  optionsOf('BasicOptions', {
    users: v.optional(
      v.pipe(
        v.array(basicUserSchema),
        v.check(
          (users) => new Set(users.map(({ id }) => id)).size === users.length,
          'Two users have the same id',
        ),
      ),
      [],
    ),
    file: v.optional(followedFile(50, 5_000)),
    cacheMs: ms(0, 300_000),
    maxCached: v.optional(whole(0, 1_000_000), 10_000),
    concurrency: v.optional(whole(1, 64), 2),
    maxQueue: v.optional(whole(0, 100_000), 64),
  }),
  v.check(({ users, file }) => users.length > 0 || file !== undefined, 'Give users, or a file with users'),
)

import * as v from 'valibot'

/**
 * What is revoked: credentials that every given field fits, whatever scheme they are of. At least one of `token`, `subject`,
 * `key` and `issuedBefore`.
 */
export interface Revocation {
  /** Id of one token: its `jti`. */
  readonly token?: string | undefined
  /** Id of a caller: the `sub` of its tokens, its name in a file of API keys, the subject of its certificate. */
  readonly subject?: string | undefined
  /**
   * Name of a key: the `kid` that an issuer signs with or the thumbprint of its key (RFC 7638), the `hash` of an API key's entry, the `keyid` of a signature, the
   * SHA-256 fingerprint of a certificate in hex, with colons or without.
   */
  readonly key?: string | undefined
  /**
   * Time in ISO 8601 with its zone: whatever was issued before it. A token that does not say when it was issued counts as
   * issued before; other credentials that do not say so (an API key, a password) are not touched.
   */
  readonly issuedBefore?: string | undefined
  /** Only what this issuer vouches for. Default: any issuer, and credentials without one. */
  readonly issuer?: string | undefined
  /** Time in ISO 8601 after which the entry counts no more, such as the `exp` of the token. Default: for ever. */
  readonly until?: string | undefined
}

/** A revocation, read once so that a check has nothing to parse. */
export interface RevocationEntry {
  /** As it was given. */
  readonly given: Revocation
  readonly token: string | undefined
  readonly subject: string | undefined
  readonly key: string | undefined
  readonly issuer: string | undefined
  readonly issuedBeforeMs: number | undefined
  readonly untilMs: number
}

const text = v.pipe(v.string(), v.nonEmpty('Expected a text that is not empty'))
// Without a zone, two gateways in two zones would read two times.
const time = v.pipe(
  v.string(),
  v.check(
    (given) => /(Z|[+-]\d\d:\d\d)$/.test(given) && !Number.isNaN(Date.parse(given)),
    'Expected a time in ISO 8601 with its zone, such as 2026-11-24T12:00:00Z',
  ),
)

const revocation = v.pipe(
  v.strictObject({
    token: v.optional(text),
    subject: v.optional(text),
    key: v.optional(text),
    issuedBefore: v.optional(time),
    issuer: v.optional(text),
    until: v.optional(time),
  }),
  v.check(
    ({ token, subject, key, issuedBefore }) => (token ?? subject ?? key ?? issuedBefore) !== undefined,
    'Name a token, a subject, a key or issuedBefore',
  ),
)

/**
 * Reads one revocation.
 * @throws {Error} which says what is wrong with it, without any value of it.
 */
export function readRevocation(value: unknown): RevocationEntry {
  const result = v.safeParse(revocation, value)
  if (!result.success) {
    const [issue] = result.issues
    const field = v.getDotPath(issue)
    throw new Error(field === null ? issue.message : `${field}: ${issue.message}`)
  }
  const { token, subject, key, issuer, issuedBefore, until } = result.output
  return {
    given: Object.freeze(result.output),
    token,
    subject,
    key: key === undefined ? undefined : keyName(key),
    issuer,
    issuedBeforeMs: issuedBefore === undefined ? undefined : Date.parse(issuedBefore),
    untilMs: until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until),
  }
}

/** Fingerprints of certificates are written in several ways; other names stay as they are. */
export function keyName(name: string): string {
  return /^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$/.test(name) ? name.replaceAll(':', '').toLowerCase() : name
}

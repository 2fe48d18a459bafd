import type { Logger } from '@postern/core'
import type { LoadCounts } from '../counts/auth-counts.ts'
import type { Lasting } from '../lasting.ts'
import type { Rejection } from '../rejection.ts'
import { FileKeys } from './file-keys.ts'
import type { KeyRecord } from './jwk.ts'
import type { ResolvedJwtIssuerOptions } from './jwt-options.ts'
import { KeySet } from './key-set.ts'
import { type KeySettings, RemoteKeys } from './remote-keys.ts'
import type { Lease } from './shared.ts'
import { StaticKeys } from './static-keys.ts'

/** Keys that may have signed a token, or why there are none. */
export type KeyAnswer = readonly KeyRecord[] | Rejection

/** The keys of one issuer as they stand. */
export interface KeyState {
  /** Keys that can be used. */
  readonly keys: number
  /** Until when they may serve, on the clock of `Date.now()`; infinite for configured keys. 0 before the first success. */
  readonly usableUntilMs: number
  /** When they were last read or fetched well, on the clock of `Date.now()`; `undefined` before, and for configured keys. */
  readonly readMs: number | undefined
  /** Times that they were read or fetched, since a gateway with the issuer was started. */
  readonly loads: number
  /** Times that this failed since then. */
  readonly failedLoads: number
  /** Times that it failed since it last succeeded: above 0 while keys can be used, those are the last good ones. */
  readonly failures: number
}

/** The keys of one issuer, wherever they come from. */
export interface KeySource {
  /** Where log lines go; that of the newest generation that uses the source. */
  logger: Logger
  /** Until when the keys may serve, on the clock of `Date.now()`. 0 before the first success. */
  readonly usableUntilMs: number
  /** Times that they were read or fetched: what the keys say of a token holds until this changes. */
  readonly loads: number
  /** The keys for a token. At once when they are known; else after one fetch, where a fetch is allowed. */
  find(alg: string, kid: string | undefined): KeyAnswer | Promise<KeyAnswer>
  /** Asks for newer keys because a token needs one that is not there. `undefined` when nothing new can be expected now. */
  refetch(): Promise<void> | undefined
  /** `true` when tokens can be checked, else why not. */
  ready(): true | string
  /** How they stand. */
  state(): KeyState
  /** Ends timers, watches and a running fetch. */
  close(): void
}

/**
 * Takes the keys of an issuer. Verifiers with the same settings for it share them: a reload while the issuer is down
 * would otherwise throw away good keys and refuse every request.
 */
export function leaseKeySource(
  issuer: ResolvedJwtIssuerOptions,
  settings: KeySettings,
  lasting: Lasting,
  logger: Logger,
): Lease<KeySource> {
  const { jwksUrl, jwks, jwksFile, pem, pemFile, secrets, algorithms } = issuer
  const name = JSON.stringify([
    issuer.issuer,
    { jwksUrl, jwks, jwksFile, pem, pemFile, secrets, algorithms },
    settings,
  ])
  return lasting.keys.lease(name, () => open(issuer, settings, lasting.counts.loads(issuer.issuer), logger))
}

function open(
  options: ResolvedJwtIssuerOptions,
  settings: KeySettings,
  counts: LoadCounts,
  logger: Logger,
): KeySource {
  const { issuer, jwksUrl, jwks, jwksFile, pem, pemFile, secrets, algorithms } = options
  if (secrets) return new StaticKeys(KeySet.fromSecrets(secrets, algorithms), logger)
  if (jwks) return new StaticKeys(KeySet.from(jwks), logger)
  if (pem) return new StaticKeys(KeySet.fromPem(pem), logger)
  if (jwksFile !== undefined) return new FileKeys(issuer, jwksFile, readJwks, counts, logger)
  if (pemFile !== undefined) return new FileKeys(issuer, pemFile, readPemFile, counts, logger)
  return new RemoteKeys({ issuer, jwksUrl }, settings, counts, logger)
}

function readJwks(text: string, previous: KeySet | undefined): KeySet {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    throw new Error('it is not JSON')
  }
  return KeySet.from(document, previous)
}

function readPemFile(text: string, previous: KeySet | undefined): KeySet {
  return KeySet.fromPem(text, previous)
}

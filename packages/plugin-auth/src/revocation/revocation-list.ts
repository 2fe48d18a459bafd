import type { FileOptions } from '../files/file-watch.ts'
import type { Revocation } from './revocation.ts'
import { RevocationStore } from './revocation-store.ts'

/** Where revocations come from. */
export interface RevocationListOptions {
  /**
   * File with a JSON list of revocations, read again whenever it changes; looked at every second unless `pollMs` says otherwise. One that is missing or broken at the start
   * means 503 for every caller until it is good; later the last good list goes on. Default: none.
   */
  readonly file?: string | FileOptions | undefined
}

/** How a list stands. */
export interface RevocationState {
  /** Revocations that count now. */
  readonly entries: number
  /** When the file was last read well, on the clock of `Date.now()`; `undefined` before, and without a file. */
  readonly fileReadMs: number | undefined
  /** What is wrong with the file; `undefined` when nothing is. */
  readonly fault: string | undefined
}

/**
 * Credentials that are refused although they are good. What `revoke` adds counts from the next request on, also for
 * tokens that are remembered as verified, and **in this process alone**: several gateways share a file.
 */
export interface RevocationList {
  /**
   * Revokes credentials.
   * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on a revocation that names nothing or is malformed; none is added then.
   */
  revoke(...revocations: readonly Revocation[]): void
  /** Takes back what `revoke` added with the same fields. @returns whether it was there. What the file says stays. */
  restore(revocation: Revocation): boolean
  /** What is revoked now: what the file says, then what `revoke` added. */
  list(): readonly Revocation[]
  /** How the list stands. */
  state(): RevocationState
}

const stores = new WeakMap<RevocationList, RevocationStore>()

/**
 * Makes a list for `auth({ revocations })`. Its file is followed while a gateway uses it.
 *
 * @example
 * const revocations = revocationList({ file: { path: 'revoked.json' } })
 * const gateway = createGateway([auth({ jwt, revocations })])
 * revocations.revoke({ token: 'a81f', issuer: 'https://idp.internal', until: '2026-12-01T00:00:00Z' })
 * revocations.revoke({ issuedBefore: new Date().toISOString() })
 */
export function revocationList(options: RevocationListOptions = {}): RevocationList {
  const store = new RevocationStore(options)
  const list: RevocationList = Object.freeze({
    revoke: (...given: readonly Revocation[]) => store.revoke(given),
    restore: (given: Revocation) => store.restore(given),
    list: () => store.list(),
    state: () => store.state(),
  })
  stores.set(list, store)
  return list
}

/** What stands behind a list; `undefined` when it is none of `revocationList()`. */
export function storeOf(value: unknown): RevocationStore | undefined {
  return stores.get(value as RevocationList)
}

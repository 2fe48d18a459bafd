import { createHmac, randomBytes } from 'node:crypto'
import type { AuthCounts } from '../../counts/auth-counts.ts'
import { type Rejection, rejection } from '../../rejection.ts'
import { SteadyMap } from '../../verify/steady-map.ts'
import { type CachedEntry, TokenCache } from '../../verify/token-cache.ts'
import { BoundedWork } from '../bounded-work.ts'
import type { Verified } from '../scheme.ts'
import type { ResolvedBasicOptions } from './options.ts'
import { decoy, isPassword } from './password-hash.ts'
import type { UserPass } from './read-basic.ts'
import type { User } from './user-table.ts'
import type { Users } from './users.ts'

// Wrong passwords are remembered briefly and apart: a client that repeats one costs no further check.
const DENIED_ENTRIES = 1_024
const DENIED_MS = 10_000

/** The last answer for a pair. It counts only for the hash that it was found with: a new password is checked at once. */
interface Remembered extends CachedEntry {
  readonly hash: string | undefined
  readonly untilMs: number
}

function ifOf(entry: Remembered, user: User | undefined): Remembered | undefined {
  return Date.now() < entry.untilMs && entry.hash === user?.hash ? entry : undefined
}

// One message for both: which names exist is nobody's business, not even in a log that many read.
const WRONG = rejection('GW_AUTH_CREDENTIALS_INVALID', 'The user name or the password is wrong.')
const EXPIRED = rejection('GW_AUTH_CREDENTIALS_INVALID', 'The password has expired.')
const OVERLOADED = rejection(
  'GW_AUTH_OVERLOADED',
  'As many passwords as basic.maxQueue allows wait for their check.',
)
const FAILED = rejection(
  'GW_AUTH_VERIFIER_FAILED',
  'The hash of the password could not be computed: memory is short.',
)
const UNREAD = rejection(
  'GW_AUTH_AUTHORITY_UNAVAILABLE',
  'The user may stand in the file of users, which was never read; the log says why.',
)

/**
 * Checks passwords, off the event loop and a bounded number at once: the hash is made to be slow. Pairs are remembered
 * as a MAC with a key that lives in this process only, so that no password stays in memory in clear, and what a memory
 * dump shows cannot be tried out elsewhere.
 */
export class PasswordChecker {
  readonly #users: Users
  readonly #macKey = randomBytes(32)
  readonly #verified: TokenCache<Remembered>
  readonly #denied: TokenCache<Remembered>
  readonly #flights = new SteadyMap<Promise<Verified | Rejection>>()
  readonly #work: BoundedWork
  readonly #cacheMs: number

  constructor(
    users: Users,
    { cacheMs, maxCached, concurrency, maxQueue }: ResolvedBasicOptions,
    counts: AuthCounts,
  ) {
    this.#users = users
    this.#cacheMs = cacheMs
    this.#verified = new TokenCache(maxCached, counts.cache('basic'))
    this.#denied = new TokenCache(DENIED_ENTRIES, counts.cache('basic-denied'))
    this.#work = new BoundedWork(concurrency, maxQueue)
  }

  /** Whom a name and a password prove. At once when they were checked lately; the promise never rejects. */
  check(pair: UserPass): Verified | Rejection | Promise<Verified | Rejection> {
    const user = this.#users.get(pair.user)
    if (!user && this.#users.unread) return UNREAD
    const mac = createHmac('sha256', this.#macKey).update(`${pair.user}:${pair.password}`).digest('base64')
    if (user && this.#verified.get(mac, mac, ifOf, user)) return settled(user)
    if (this.#denied.get(mac, mac, ifOf, user)) return WRONG
    return this.#flights.get(mac) ?? this.#fly(mac, pair, user)
  }

  /** Forgets everything. */
  clear(): void {
    this.#verified.clear()
    this.#denied.clear()
  }

  #fly(mac: string, pair: UserPass, user: User | undefined): Promise<Verified | Rejection> | Rejection {
    const draw = createHmac('sha256', this.#macKey).update(pair.user).digest().readUInt32BE()
    const hash = user?.password ?? decoy(this.#users.costOfNobody(draw))
    const running = this.#work.run(() => isPassword(pair.password, hash))
    if (!running) return OVERLOADED
    const flight = running
      .then(
        (right) => this.#answer(mac, pair.user, user, right),
        () => FAILED,
      )
      .finally(() => this.#flights.delete(mac))
    this.#flights.set(mac, flight)
    return flight
  }

  #answer(mac: string, name: string, checked: User | undefined, right: boolean): Verified | Rejection {
    // The list may have changed meanwhile: the answer is only worth something for who is in it now.
    const user = this.#users.get(name)
    if (user?.hash !== checked?.hash) return WRONG
    const proved = right && user !== undefined
    const untilMs = Date.now() + (proved ? this.#cacheMs : DENIED_MS)
    const cache = proved ? this.#verified : this.#denied
    cache.set(mac, { token: mac, used: false, hash: user?.hash, untilMs })
    return proved ? settled(user) : WRONG
  }
}

/** Last of all, so that only who knows the password learns that it has expired. */
function settled(user: User): Verified | Rejection {
  return Date.now() < user.expiresMs ? user.verified : EXPIRED
}

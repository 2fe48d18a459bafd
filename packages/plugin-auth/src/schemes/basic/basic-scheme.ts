import type { Exchange, Logger } from '@postern/core'
import type { AuthCounts } from '../../counts/auth-counts.ts'
import type { Lasting } from '../../lasting.ts'
import { SEVERAL_HEADERS } from '../../verify/outcome.ts'
import { readAuthorization } from '../bearer.ts'
import { type LastingScheme, LeasedScheme } from '../leased-scheme.ts'
import type { Scheme, SchemeAnswer } from '../scheme.ts'
import type { ResolvedBasicOptions } from './options.ts'
import { PasswordChecker } from './password-checker.ts'
import { readBasic } from './read-basic.ts'
import { Users } from './users.ts'

/** User names and passwords in `Authorization: Basic` (RFC 7617). */
class BasicScheme implements LastingScheme {
  readonly name = 'basic'
  readonly #users: Users
  readonly #checker: PasswordChecker

  constructor(options: ResolvedBasicOptions, counts: AuthCounts, logger: Logger) {
    this.#users = new Users(options, counts, logger)
    this.#checker = new PasswordChecker(this.#users, options, counts)
  }

  authenticate(exchange: Exchange): SchemeAnswer | Promise<SchemeAnswer> {
    const value = readAuthorization(exchange.requestHeaders)
    if (value === undefined) return undefined
    if (value === null) return SEVERAL_HEADERS
    const pair = readBasic(value)
    return pair && 'user' in pair ? this.#checker.check(pair) : pair
  }

  ready(): true | string {
    return this.#users.ready()
  }

  useLogger(logger: Logger): void {
    this.#users.useLogger(logger)
  }

  close(): void {
    this.#users.close()
    this.#checker.clear()
  }
}

/** One generation's share in the users of these options, and in what was verified of them. */
export function leaseBasic(options: ResolvedBasicOptions, lasting: Lasting, logger: Logger): Scheme {
  return new LeasedScheme(
    'basic',
    options,
    () => new BasicScheme(options, lasting.counts, logger),
    lasting,
    logger,
  )
}

import type { Exchange, Logger } from '@postern/core'
import { boundToMethod } from '../identity/bound-token.ts'
import type { Lasting } from '../lasting.ts'
import type { ResolvedAuthOptions } from '../options.ts'
import type { Rejection } from '../rejection.ts'
import type { JwtStats } from '../verify/jwt-stats.ts'
import { NOT_A_JWT, NOT_JSON, UNKNOWN_ISSUER } from '../verify/outcome.ts'
import type { Lease } from '../verify/shared.ts'
import { leaseVerifier, type Verifier } from '../verify/verifier.ts'
import { readBearer } from './bearer.ts'
import type { Scheme, SchemeAnswer } from './scheme.ts'

/** JSON Web Tokens in `Authorization: Bearer` (RFC 6750, RFC 7519). */
export class JwtScheme implements Scheme {
  readonly name = 'jwt'
  readonly #lease: Lease<Verifier>
  readonly #verifier: Verifier
  /** What this scheme does not decide: introspection is asked next, and refuses what it does not know either. */
  readonly #passedOn: readonly Rejection[]

  /** Starts workers and fetches keys, unless another generation has them already. */
  constructor(options: ResolvedAuthOptions, lasting: Lasting, logger: Logger) {
    this.#lease = leaseVerifier(options, lasting, logger)
    this.#verifier = this.#lease.value
    this.#passedOn = options.introspection ? [NOT_A_JWT, NOT_JSON, UNKNOWN_ISSUER] : []
  }

  authenticate(exchange: Exchange): SchemeAnswer | Promise<SchemeAnswer> {
    const token = readBearer(exchange.requestHeaders)
    if (typeof token !== 'string') return token
    const answer = this.#verifier.verify(token)
    if (answer instanceof Promise) return answer.then((settled) => boundToMethod(settled, exchange.method))
    return this.#passedOn.includes(answer as Rejection) ? undefined : boundToMethod(answer, exchange.method)
  }

  ready(): true | string {
    return this.#verifier.ready()
  }

  /** What was counted since the verifier started, which may have been by an earlier generation. */
  stats(): JwtStats {
    return this.#verifier.stats()
  }

  close(): Promise<void> {
    return this.#lease.release()
  }
}

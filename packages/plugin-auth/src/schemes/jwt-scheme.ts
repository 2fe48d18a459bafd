import type { Exchange, Logger } from '@postern/core'
import { boundToMethod } from '../identity/bound-token.ts'
import type { ResolvedAuthOptions } from '../options.ts'
import type { Lease } from '../verify/shared.ts'
import { leaseVerifier, type Verifier } from '../verify/verifier.ts'
import { readBearer } from './bearer.ts'
import type { Scheme, SchemeAnswer } from './scheme.ts'

/** JSON Web Tokens in `Authorization: Bearer` (RFC 6750, RFC 7519). */
export class JwtScheme implements Scheme {
  readonly name = 'jwt'
  readonly #lease: Lease<Verifier>
  readonly #verifier: Verifier

  /** Starts workers and fetches keys, unless another generation has them already. */
  constructor(options: ResolvedAuthOptions, logger: Logger) {
    this.#lease = leaseVerifier(options, logger)
    this.#verifier = this.#lease.value
  }

  authenticate(exchange: Exchange): SchemeAnswer | Promise<SchemeAnswer> {
    const token = readBearer(exchange.requestHeaders)
    if (typeof token !== 'string') return token
    const outcome = this.#verifier.verify(token)
    if (!(outcome instanceof Promise)) return boundToMethod(outcome, exchange.method)
    return outcome.then((settled) => boundToMethod(settled, exchange.method))
  }

  ready(): true | string {
    return this.#verifier.ready()
  }

  close(): Promise<void> {
    return this.#lease.release()
  }
}

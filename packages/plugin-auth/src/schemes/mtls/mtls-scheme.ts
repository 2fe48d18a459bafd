import type { ClientCertificate, Exchange } from '@postern/core'
import { type Rejection, rejection } from '../../rejection.ts'
import type { Scheme, SchemeAnswer, Verified } from '../scheme.ts'
import { toPrincipal } from './certificate-principal.ts'
import { isValidAt } from './chain.ts'
import type { ResolvedMtlsOptions } from './options.ts'
import type { ShownCertificates } from './shown-certificates.ts'

const EXPIRED = rejection('GW_AUTH_CREDENTIALS_INVALID', 'The certificate is not valid yet, or has expired.')

/** Client certificates: the names of one prove who calls. */
export class MtlsScheme implements Scheme {
  readonly name = 'mtls'
  readonly #options: ResolvedMtlsOptions
  readonly #shown: ShownCertificates
  /** What the names of each say. */
  readonly #known = new WeakMap<ClientCertificate, Verified | Rejection>()

  constructor(options: ResolvedMtlsOptions, shown: ShownCertificates) {
    this.#options = options
    this.#shown = shown
  }

  authenticate(exchange: Exchange): SchemeAnswer {
    const certificate = this.#shown.of(exchange)
    if (certificate === undefined || 'code' in certificate) return certificate
    return isValidAt(certificate, Date.now()) ? this.#identify(certificate) : EXPIRED
  }

  ready(): true {
    return true
  }

  close(): void {
    this.#shown.clear()
  }

  #identify(certificate: ClientCertificate): Verified | Rejection {
    let answer = this.#known.get(certificate)
    if (!answer) {
      answer = this.#read(certificate)
      this.#known.set(certificate, answer)
    }
    return answer
  }

  #read(certificate: ClientCertificate): Verified | Rejection {
    const principal = toPrincipal(certificate, this.#options)
    if ('code' in principal) return principal
    const { fingerprint256, validFrom } = certificate
    return {
      principal,
      credential: { keys: [fingerprint256], issuedAtMs: Date.parse(validFrom) },
      clearedEpoch: -1,
    }
  }
}

/** Certificates of a listener: which one a client gets, and how they are replaced while it runs. */
import { constants, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext, type SecureContextOptions, type TlsOptions } from 'node:tls'
import { alternativeNames } from '../certificate-names.ts'
import { GatewayError } from '../errors.ts'
import type { ListenCertificate, ListenTls } from '../listen-options.ts'
import { toAuthorities, toBuffer } from '../pem.ts'
import type { SchemaIssue } from '../schema.ts'

/** How long a client may take for its handshake. */
const HANDSHAKE_MS = 10_000

/** The certificates of a listener, replaced as a whole. */
export class Certificates {
  readonly #clientCertificates: string
  readonly #initial: SecureContextOptions
  #byName: ReadonlyMap<string, SecureContext>

  /** @throws {GatewayError} GW_OPTIONS_INVALID when one of them cannot be used. */
  constructor(tls: ListenTls) {
    this.#clientCertificates = tls.clientCertificates ?? 'none'
    this.#byName = contexts(tls)
    this.#initial = contextOptions(tls, tls)
  }

  /** Settings of the server. */
  settings(protocols: string[]): TlsOptions {
    return {
      ...this.#initial,
      requestCert: this.#clientCertificates !== 'none',
      rejectUnauthorized: this.#clientCertificates === 'require',
      handshakeTimeout: HANDSHAKE_MS,
      ALPNProtocols: protocols,
      SNICallback: (name, done) => done(null, this.#find(name.toLowerCase())),
    }
  }

  /**
   * Replaces all of them; connections that stand keep theirs. Returns the default one's settings, for the server.
   * @throws {GatewayError} GW_OPTIONS_INVALID, and then nothing has changed.
   */
  replace(tls: ListenTls): SecureContextOptions {
    if ((tls.clientCertificates ?? 'none') !== this.#clientCertificates)
      throw invalid(
        ['clientCertificates'],
        'clientCertificates cannot change while the listener runs. Listen anew to change it',
      )
    this.#byName = contexts(tls)
    return contextOptions(tls, tls)
  }

  /** Undefined: the default. A wildcard stands for one label (RFC 9525 section 6.3). */
  #find(name: string): SecureContext | undefined {
    return this.#byName.get(name) ?? this.#byName.get(name.replace(/^[^.]+/, '*'))
  }
}

/** One context for each certificate, by the names in it. Making them shows whether they can be used. */
function contexts(tls: ListenTls): Map<string, SecureContext> {
  if ((tls.clientCertificates ?? 'none') !== 'none' && tls.ca === undefined) {
    throw invalid(
      ['clientCertificates'],
      'clientCertificates needs ca. Without it, a certificate of any public authority would be believed',
    )
  }
  const byName = new Map<string, SecureContext>()
  for (const [i, certificate] of [tls, ...(tls.certificates ?? [])].entries()) {
    try {
      const context = createSecureContext(contextOptions(certificate, tls))
      // The first that bears a name has it.
      for (const name of dnsNames(certificate)) if (!byName.has(name)) byName.set(name, context)
    } catch (cause) {
      const [path, which] =
        i === 0
          ? [['cert'], 'cert, key or ca']
          : [['certificates', i - 1, 'cert'], `cert or key of certificates[${i - 1}]`]
      throw invalid(path, `${which} cannot be used: ${(cause as Error).message}`, cause)
    }
  }
  return byName
}

function contextOptions(
  { cert, key, passphrase }: ListenCertificate,
  { ca, minVersion }: ListenTls,
): SecureContextOptions {
  return {
    cert: toBuffer(cert),
    key: toBuffer(key),
    minVersion: minVersion ?? 'TLSv1.2',
    // HTTP/2 forbids it (RFC 9113 section 9.2.1), and who the client is was read once.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(ca === undefined ? {} : { ca: toAuthorities(ca) }),
  }
}

function dnsNames({ cert }: ListenCertificate): string[] {
  return alternativeNames(new X509Certificate(toBuffer(cert)))
    .filter((name) => name.startsWith('DNS:'))
    .map((name) => name.slice(4).toLowerCase())
}

/** @param path of the option in `tls`, as data for whoever shows the place. */
function invalid(path: readonly PropertyKey[], why: string, cause?: unknown): GatewayError {
  const error = new GatewayError('GW_OPTIONS_INVALID', { message: `tls of the listener: ${why}`, cause })
  const issue: SchemaIssue = { path: ['tls', ...path], message: why }
  return Object.assign(error, { issues: [issue] })
}

/** Certificates of a listener: which one a client gets, and how they are replaced while it runs. */
import { X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext, type SecureContextOptions, type TlsOptions } from 'node:tls'
import { GatewayError } from '../errors.ts'
import type { ListenCertificate, ListenTls } from '../listen-options.ts'
import type { Pem } from '../upstream-options.ts'

/** How long a client may take for its handshake. */
const HANDSHAKE_MS = 10_000

/** The certificates of a listener, replaced as a whole. */
export class Certificates {
  readonly #clientCertificates: string
  #default: SecureContextOptions
  #byName: ReadonlyMap<string, SecureContext>

  /** @throws {GatewayError} GW_OPTIONS_INVALID when one of them cannot be used. */
  constructor(tls: ListenTls) {
    this.#clientCertificates = tls.clientCertificates ?? 'none'
    this.#default = contextOptions(tls, tls)
    this.#byName = contexts(tls)
  }

  /** Settings of the server. */
  settings(protocols: string[]): TlsOptions {
    return {
      ...this.#default,
      requestCert: this.#clientCertificates !== 'none',
      rejectUnauthorized: this.#clientCertificates === 'require',
      handshakeTimeout: HANDSHAKE_MS,
      ALPNProtocols: protocols,
      SNICallback: (name, done) => done(null, this.#find(name.toLowerCase())),
    }
  }

  /**
   * Replaces all of them; connections that stand keep theirs.
   * @throws {GatewayError} GW_OPTIONS_INVALID, and then nothing has changed.
   */
  replace(tls: ListenTls): SecureContextOptions {
    if ((tls.clientCertificates ?? 'none') !== this.#clientCertificates)
      throw invalid('clientCertificates cannot change while the listener runs. Listen anew to change it')
    const next = contextOptions(tls, tls)
    this.#byName = contexts(tls)
    this.#default = next
    return next
  }

  /** Undefined: the default. A wildcard stands for one label (RFC 9525 section 6.3). */
  #find(name: string): SecureContext | undefined {
    return this.#byName.get(name) ?? this.#byName.get(name.replace(/^[^.]+/, '*'))
  }
}

function contexts(tls: ListenTls): Map<string, SecureContext> {
  const byName = new Map<string, SecureContext>()
  for (const certificate of [tls, ...(tls.certificates ?? [])]) {
    const options = contextOptions(certificate, tls)
    const context = createSecureContext(options)
    // The first that bears a name has it.
    for (const name of namesIn(certificate)) if (!byName.has(name)) byName.set(name, context)
  }
  return byName
}

function contextOptions(
  { cert, key, passphrase }: ListenCertificate,
  { ca, minVersion }: ListenTls,
): SecureContextOptions {
  const options: SecureContextOptions = {
    cert: toBuffer(cert),
    key: toBuffer(key),
    minVersion: minVersion ?? 'TLSv1.2',
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(ca === undefined ? {} : { ca: (Array.isArray(ca) ? ca : [ca as Pem]).map(toBuffer) }),
  }
  try {
    createSecureContext(options)
  } catch (cause) {
    throw invalid(`a certificate or key cannot be used: ${(cause as Error).message}`, cause)
  }
  return options
}

function namesIn({ cert }: ListenCertificate): string[] {
  const names = new X509Certificate(toBuffer(cert)).subjectAltName ?? ''
  return [...names.matchAll(/DNS:([^,\s"]+)/g)].map(([, name = '']) => name.toLowerCase())
}

function toBuffer(pem: Pem): Buffer {
  return Buffer.from(pem as string)
}

function invalid(why: string, cause?: unknown): GatewayError {
  return new GatewayError('GW_OPTIONS_INVALID', { message: `tls of the listener: ${why}`, cause })
}

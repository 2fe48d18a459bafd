/** Where and how a gateway listens. */
import * as v from 'valibot'
import { optionsOf } from './option-docs.ts'
import { pemSchema, tlsVersionSchema } from './options-schema.ts'
import type { OptionsSchema } from './schema.ts'
import type { Pem, TlsVersion } from './upstream-options.ts'

/** A certificate that the listener shows. */
export interface ListenCertificate {
  /** The certificate, those of its authorities after it. */
  readonly cert: Pem
  /** Its private key. */
  readonly key: Pem
  /** Passphrase of `key`. Default: none. */
  readonly passphrase?: string | undefined
}

/** TLS on the listener. */
export interface ListenTls extends ListenCertificate {
  /** More certificates, chosen by the name that the client asks for (SNI) among the DNS names in them. Default: none. */
  readonly certificates?: readonly ListenCertificate[] | undefined
  /**
   * Whether clients show a certificate (mTLS): `require` refuses the handshake without a valid one; with `request` a client
   * without, or with one that is not valid, gets through and `exchange.clientCertificate` is `null`. Default: `none`.
   */
  readonly clientCertificates?: 'none' | 'request' | 'require' | undefined
  /** Authorities that client certificates are checked against. Needed with `request` and `require`: there is no default. */
  readonly ca?: Pem | readonly Pem[] | undefined
  /** The oldest version of TLS that is spoken. Default: `TLSv1.2`. */
  readonly minVersion?: TlsVersion | undefined
}

/** PROXY protocol on the listener (versions 1 and 2), for a load balancer in front that passes connections on. */
export interface ProxyProtocolOptions {
  /**
   * Addresses and CIDR ranges of the load balancers, `unix` for whoever reaches a unix socket. Each of their connections
   * must begin with a PROXY header; from all others none is taken.
   */
  readonly from: readonly string[]
}

/** Where to listen. */
export interface ListenOptions {
  /**
   * What exchanges that come by this listener call it (`exchange.listener`), so that plugins can tell the public side from the
   * internal one: up to 64 letters, digits, `.`, `_` and `-`. Several may share a name. Default: empty, none.
   */
  readonly name?: string | undefined
  /** Address or name to listen on. Default: `127.0.0.1`. */
  readonly host?: string | undefined
  /** Port to listen on; 0 takes a free one. Default: 8080. */
  readonly port?: number | undefined
  /** Path of a unix socket, in place of host and port. A file that nobody listens on any more is replaced. Default: none. */
  readonly socketPath?: string | undefined
  /** Rights of the unix socket's file, such as `0o660`. Default: what the process's umask leaves. */
  readonly socketMode?: number | undefined
  /** TLS: certificates, and what is asked of clients. Default: none, plain text. */
  readonly tls?: ListenTls | undefined
  /** Versions of HTTP: with TLS by ALPN, without by the first bytes (prior knowledge). Default: both. */
  readonly protocols?: readonly ('http1' | 'http2')[] | undefined
  /** PROXY protocol, for a load balancer in front that passes connections on. Default: none. */
  readonly proxyProtocol?: ProxyProtocolOptions | undefined
}

const certificateEntries = { cert: pemSchema, key: pemSchema, passphrase: v.optional(v.string()) }

const listenTls = optionsOf('ListenTls', {
  ...certificateEntries,
  certificates: v.optional(v.array(optionsOf('ListenCertificate', certificateEntries))),
  clientCertificates: v.optional(v.picklist(['none', 'request', 'require'])),
  ca: v.optional(v.union([pemSchema, v.array(pemSchema)])),
  minVersion: v.optional(tlsVersionSchema),
})

/** Schema of `ListenTls`. */
export const listenTlsSchema: OptionsSchema<ListenTls> = listenTls

/** Schema of `ListenOptions`. */
export const listenOptionsSchema: OptionsSchema<ListenOptions> = optionsOf('ListenOptions', {
  name: v.optional(
    v.pipe(v.string(), v.regex(/^[\w.-]{0,64}$/, 'Expected up to 64 letters, digits, ".", "_" and "-"')),
  ),
  // An empty one would listen on every address of the machine.
  host: v.optional(v.pipe(v.string(), v.minLength(1, 'Expected an address'))),
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))),
  socketPath: v.optional(v.pipe(v.string(), v.minLength(1, 'Expected a path'))),
  socketMode: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0o777))),
  tls: v.optional(listenTls),
  protocols: v.optional(
    v.pipe(v.array(v.picklist(['http1', 'http2'])), v.minLength(1, 'Expected at least one version')),
  ),
  proxyProtocol: v.optional(optionsOf('ProxyProtocolOptions', { from: v.array(v.string()) })),
})

/** How an upstream is reached. */

/** Text of one or several PEM blocks, or their bytes as read from a file. */
export type Pem = string | Uint8Array

/** The oldest version of TLS that is spoken. */
export type TlsVersion = 'TLSv1.2' | 'TLSv1.3'

/** TLS towards an upstream. */
export interface UpstreamTls {
  /** Certificates of the authorities that are believed, in place of the system's. Default: the system's. */
  readonly ca?: Pem | readonly Pem[] | undefined
  /** The gateway's own certificate, for an upstream that asks for one (mTLS). Needs `key`. Default: none. */
  readonly cert?: Pem | undefined
  /** Private key of `cert`. */
  readonly key?: Pem | undefined
  /** Passphrase of `key`. Default: none. */
  readonly passphrase?: string | undefined
  /** Name that is asked for (SNI) and that the upstream's certificate must bear. Default: the host of the URL. */
  readonly servername?: string | undefined
  /** The oldest version of TLS that is spoken. Default: `TLSv1.2`. */
  readonly minVersion?: TlsVersion | undefined
  /** Whether the upstream's certificate is checked. Only for a test: without, anybody can answer. Default: true. */
  readonly verify?: boolean | undefined
}

/** How a connection to an upstream is made. */
export interface ConnectionOptions {
  /**
   * `http2` speaks HTTP/2 only: by ALPN over TLS, with prior knowledge without. Needed for gRPC. Requests to switch
   * protocols (WebSocket) go over HTTP/1.1 all the same. Default: `http1`.
   */
  readonly protocol?: 'http1' | 'http2' | undefined
  /** Path of a unix socket to connect to in place of the URL's host and port, which stay what `Host` says. Default: none. */
  readonly socketPath?: string | undefined
  /** TLS settings, for `https`. Default: the certificate is checked against the system's authorities. */
  readonly tls?: UpstreamTls | undefined
}

/** An upstream with more to say than its URL. */
export interface UpstreamOptions extends ConnectionOptions {
  /** `http://host:port[/base]` or `https://…`. No credentials, query or fragment. */
  readonly url: string
}

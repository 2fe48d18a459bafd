/** Opens connections to upstreams: what the two wires have in common. */
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, createSecureContext, type SecureContext } from 'node:tls'
import { toAuthorities, toBuffer } from '../pem.ts'
import type { Pem, UpstreamTls } from '../upstream-options.ts'

/** Where connections go. */
export interface ConnectTarget {
  /** Scheme, host and port. */
  readonly origin: string
  /** A unix socket in place of host and port. */
  readonly socketPath: string | undefined
  /** An IP address in place of the host, which stays what `Host` and certificate say. */
  readonly address: string | undefined
  readonly tls: UpstreamTls
}

/** What node:tls needs to know of an upstream. */
export interface TlsSettings {
  /** Made once: each connection that made its own would read all certificates anew. */
  readonly secureContext: SecureContext
  /** Undefined for an address, which is no name to ask for (RFC 6066 section 3). */
  readonly servername: string | undefined
  readonly rejectUnauthorized: boolean
}

/** Settings of node:tls for an upstream. Throws when a certificate or key cannot be used. */
export function tlsSettings({ origin, tls }: ConnectTarget): TlsSettings {
  const { ca, cert, key, passphrase, servername, minVersion, verify } = tls
  const host = hostOf(new URL(origin))
  return {
    secureContext: createSecureContext({
      ...(ca === undefined ? {} : { ca: toAuthorities(ca) }),
      ...(cert === undefined || key === undefined ? {} : { cert: toBuffer(cert), key: toBuffer(key) }),
      ...(passphrase === undefined ? {} : { passphrase }),
      minVersion: minVersion ?? 'TLSv1.2',
    }),
    servername: servername ?? (isIP(host) === 0 ? host : undefined),
    rejectUnauthorized: verify ?? true,
  }
}

/**
 * Opens a connection. Whatever goes wrong is its `error` event.
 * @param tls for `https`.
 * @param protocols what is offered by ALPN; an upstream that takes none of them is refused.
 */
export function openSocket(target: ConnectTarget, tls: TlsSettings | null, protocols: string[]): Socket {
  const url = new URL(target.origin)
  const host = hostOf(url)
  const place =
    target.socketPath === undefined
      ? { host: target.address ?? host, port: Number(url.port) || (tls ? 443 : 80) }
      : { host, path: target.socketPath }
  if (!tls) return connectTcp({ ...place, noDelay: true })
  const { secureContext, servername, rejectUnauthorized } = tls
  const socket = connectTls({
    ...place,
    secureContext,
    rejectUnauthorized,
    ...(servername === undefined ? {} : { servername }),
    ALPNProtocols: protocols,
  })
  socket.setNoDelay(true)
  // An alert after the handshake (TLS 1.3: no certificate was shown) leaves the connection open, and node:http2 waits for
  // its end for ever.
  socket.once('error', () => socket.destroy())
  socket.once('secureConnect', () => {
    if (protocols.includes(socket.alpnProtocol || '')) return
    const message = `The upstream takes none of ${protocols.join(', ')} by ALPN`
    socket.destroy(Object.assign(new Error(message), { code: 'ERR_TLS_ALPN_REFUSED' }))
  })
  return socket
}

/**
 * Tells targets apart. Two are the same when their certificates are, whether given as text or as bytes, alone or in a list:
 * then a reload keeps their connections.
 */
export function targetKey({ origin, socketPath, address, tls }: ConnectTarget): string {
  const { ca, cert, key, passphrase, servername, minVersion, verify } = tls
  const text = (pem: Pem | undefined): string | undefined => (pem === undefined ? pem : String(toBuffer(pem)))
  const authorities = ca === undefined ? ca : [ca].flat().map(text)
  return JSON.stringify(
    [
      origin,
      socketPath,
      address,
      authorities,
      text(cert),
      text(key),
      passphrase,
      servername,
      minVersion,
      verify,
    ].map((part) => part ?? null),
  )
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

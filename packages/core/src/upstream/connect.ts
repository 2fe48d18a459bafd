/** Opens connections to upstreams: what the two wires have in common. */
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type SecureContextOptions } from 'node:tls'
import type { Pem, UpstreamTls } from '../upstream-options.ts'

/** Where connections go. */
export interface ConnectTarget {
  /** Scheme, host and port. */
  readonly origin: string
  /** A unix socket in place of host and port. */
  readonly socketPath: string | undefined
  readonly tls: UpstreamTls
}

/** What node:tls needs to know of an upstream. */
export interface TlsSettings extends SecureContextOptions {
  servername?: string
  rejectUnauthorized: boolean
}

/** Settings of node:tls for an upstream. */
export function tlsSettings({
  ca,
  cert,
  key,
  passphrase,
  servername,
  minVersion,
  verify,
}: UpstreamTls): TlsSettings {
  return {
    ...(ca === undefined ? {} : { ca: (Array.isArray(ca) ? ca : [ca]).map(toBuffer) }),
    ...(cert === undefined || key === undefined ? {} : { cert: toBuffer(cert), key: toBuffer(key) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(servername === undefined ? {} : { servername }),
    minVersion: minVersion ?? 'TLSv1.2',
    rejectUnauthorized: verify ?? true,
  }
}

/**
 * Opens a connection. Whatever goes wrong is its `error` event.
 * @param protocols what is offered by ALPN; an upstream that takes none of them is refused.
 */
export function openSocket(target: ConnectTarget, protocols: string[]): Socket {
  const { protocol, hostname, port } = new URL(target.origin)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const secure = protocol === 'https:'
  const place =
    target.socketPath === undefined
      ? { host, port: Number(port) || (secure ? 443 : 80) }
      : { path: target.socketPath }
  if (!secure) return connectTcp({ ...place, noDelay: true })
  const socket = connectTls({
    ...place,
    // An address is no name to ask for (RFC 6066 section 3).
    ...(/^[\d.]+$|:/.test(host) ? { host } : { servername: host }),
    ...tlsSettings(target.tls),
    ALPNProtocols: protocols,
  })
  socket.setNoDelay(true)
  socket.once('secureConnect', () => {
    if (protocols.includes(socket.alpnProtocol || '')) return
    const message = `The upstream takes none of ${protocols.join(', ')} by ALPN`
    socket.destroy(Object.assign(new Error(message), { code: 'ERR_TLS_ALPN_REFUSED' }))
  })
  return socket
}

function toBuffer(pem: Pem): Buffer {
  return typeof pem === 'string' ? Buffer.from(pem) : Buffer.from(pem)
}

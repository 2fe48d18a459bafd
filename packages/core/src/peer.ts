/** Who is at the other end of a client's connection: known once per connection, not once per request. */
import type { X509Certificate } from 'node:crypto'
import { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { alternativeNames } from './certificate-names.ts'

/** A client's certificate that the listener verified (mTLS). */
export interface ClientCertificate {
  /** Distinguished name, one attribute a line, as Node prints it: `CN=orders\nO=Example`. Empty when it has none. */
  readonly subject: string
  /** Distinguished name of the issuer, in the same form. */
  readonly issuer: string
  /** Subject alternative names with their kind: `DNS:orders`, `URI:spiffe://example.org/orders`. */
  readonly subjectAltNames: readonly string[]
  /** Serial number, upper-case hex. */
  readonly serialNumber: string
  /** SHA-256 of the certificate, upper-case hex with colons. */
  readonly fingerprint256: string
  /** First moment at which it is valid, ISO 8601. */
  readonly validFrom: string
  /** Last moment at which it is valid, ISO 8601. */
  readonly validTo: string
  /** The certificate itself, DER. */
  readonly der: Uint8Array
}

const PEER = Symbol('postern.peer')
const LISTENER = Symbol('postern.listener')

/** A connection, with what is known of it. */
type Known = Socket & { [PEER]?: Peer; [LISTENER]?: string }

/** A connection's other end. */
export class Peer {
  /** Its address, or the one that a trusted PROXY header gives. Empty on a unix socket. */
  readonly address: string
  /**
   * Whether it came by a unix socket. Not the same as an empty address: a TCP connection that was reset has none either,
   * and must not be taken for a neighbour.
   */
  readonly unix: boolean
  /** Whether the connection is TLS. */
  readonly encrypted: boolean
  /** Name of the listener that accepted it; empty for none. */
  readonly listener: string
  readonly #shown: X509Certificate | undefined
  #certificate: ClientCertificate | null | undefined

  constructor(socket: Socket, address: string) {
    const { encrypted, authorized } = socket as Partial<TLSSocket>
    this.address = address
    this.unix = address === '' && isUnix(socket)
    this.encrypted = encrypted === true
    this.listener = (socket as Known)[LISTENER] ?? ''
    // Taken now: a connection that is gone by the time the exchange is logged has none to show any more.
    this.#shown = encrypted && authorized ? (socket as TLSSocket).getPeerX509Certificate() : undefined
  }

  /** The client's certificate; `null` without one, and for one that was not verified. */
  get certificate(): ClientCertificate | null {
    this.#certificate ??= this.#shown ? describeCertificate(this.#shown) : null
    return this.#certificate
  }
}

/** The other end of a connection. */
export function peerOf(socket: Socket): Peer {
  const marked: Known = socket
  marked[PEER] ??= new Peer(socket, plainAddress(socket.remoteAddress))
  return marked[PEER]
}

/** States whom a connection speaks for (PROXY protocol). Call it before anybody asks. */
export function speaksFor(socket: Socket, address: string): void {
  Object.assign(socket, { [PEER]: new Peer(socket, address) })
}

/** States which listener a connection came by. Call it before anybody asks who is at its other end. */
export function cameBy(socket: Socket, listener: string): void {
  if (listener !== '') Object.assign(socket, { [LISTENER]: listener })
}

/** The peer's address as people write it: IPv4 on a dual-stack socket without its `::ffff:`. */
function plainAddress(address: string | undefined): string {
  if (address === undefined) return ''
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

/** An open TCP connection knows its own address, even when its peer's is lost; one on a unix socket has none. */
function isUnix(socket: Socket): boolean {
  return socket instanceof Socket && !socket.destroyed && socket.localAddress === undefined
}

/** What a certificate says. **It is not verified here.** */
export function describeCertificate(certificate: X509Certificate): ClientCertificate {
  // Node has `undefined` for an empty name, whatever its types say. Certificates of workloads often have no subject.
  const { subject = '', issuer = '' } = certificate as { subject?: string; issuer?: string }
  return {
    subject,
    issuer,
    subjectAltNames: alternativeNames(certificate),
    serialNumber: certificate.serialNumber,
    fingerprint256: certificate.fingerprint256,
    validFrom: new Date(certificate.validFrom).toISOString(),
    validTo: new Date(certificate.validTo).toISOString(),
    der: certificate.raw,
  }
}

/** Certificates for tests, valid from now on: fixtures would expire. ECDSA P-256, just the DER of RFC 5280 that is needed. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** A certificate with its key, in the form that `listen` and `upstream` take. */
export interface TestCertificate {
  /** PEM. */
  readonly cert: string
  /** PEM, PKCS #8. */
  readonly key: string
}

/** What a certificate says. */
export interface TestCertificateSubject {
  /** Common name. Empty: the certificate has no subject. */
  readonly name: string
  /** Subject alternative names: `DNS:a.example`, `IP:127.0.0.1`, `URI:spiffe://…`, `email:a@b`. Default: none. */
  readonly names?: readonly string[]
  /** First and last day of validity, counted from today. Default: yesterday and 30 days from now. */
  readonly days?: readonly [number, number]
}

/** An authority that signs certificates for tests. */
export class TestAuthority {
  /** Its own certificate, PEM, signed by itself or by the authority above it. */
  readonly cert: string
  readonly #name: string
  readonly #above: TestAuthority
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })

  /**
   * @param name its common name.
   * @param above who signs it. Default: itself.
   */
  constructor(name: string, above?: TestAuthority) {
    this.#name = name
    this.#above = above ?? this
    this.cert = this.renew()
  }

  /** Another certificate of its own, PEM, with the same name and key. */
  renew(): string {
    const signer = this.#above
    const { publicKey } = this.#keys
    const isAuthority = extension(BASIC_CONSTRAINTS, sequence(tlv(0x01, Buffer.from([0xff]))))
    return certificate({ name: this.#name }, signer.#name, publicKey, signer.#keys.privateKey, [isAuthority])
  }

  /** Signs a certificate with a new key. */
  issue(subject: TestCertificateSubject): TestCertificate {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const names = subject.names ?? []
    const extensions = names.length > 0 ? [extension(ALT_NAMES, sequence(...names.map(alternativeName)))] : []
    return {
      cert: certificate(subject, this.#name, publicKey, this.#keys.privateKey, extensions),
      key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    }
  }
}

const ECDSA_SHA256 = '1.2.840.10045.4.3.2'
const COMMON_NAME = '2.5.4.3'
const ALT_NAMES = '2.5.29.17'
const BASIC_CONSTRAINTS = '2.5.29.19'
const DAY_MS = 86_400_000

function certificate(
  { name, days: [from, to] = [-1, 30] }: TestCertificateSubject,
  issuer: string,
  publicKey: KeyObject,
  signer: KeyObject,
  extensions: readonly Buffer[],
): string {
  const body = sequence(
    tlv(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    sequence(oid(ECDSA_SHA256)),
    distinguishedName(issuer),
    sequence(time(from), time(to)),
    distinguishedName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [tlv(0xa3, sequence(...extensions))] : []),
  )
  const signed = sequence(body, sequence(oid(ECDSA_SHA256)), bitString(sign('sha256', body, signer)))
  const lines = signed.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(parts)
  const { length } = value
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), value])
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tlv(0x30, ...parts)
}

function integer(bytes: Buffer): Buffer {
  return tlv(0x02, bytes)
}

function bitString(bytes: Buffer): Buffer {
  return tlv(0x03, Buffer.from([0]), bytes)
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const arc of rest) {
    const groups = [arc & 0x7f]
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80)
    bytes.push(...groups)
  }
  return tlv(0x06, Buffer.from(bytes))
}

function distinguishedName(commonName: string): Buffer {
  if (commonName === '') return sequence()
  return sequence(tlv(0x31, sequence(oid(COMMON_NAME), tlv(0x0c, Buffer.from(commonName)))))
}

function time(days: number): Buffer {
  const digits = new Date(Date.now() + days * DAY_MS).toISOString().replace(/[-:T]|\.\d+/g, '')
  return tlv(0x17, Buffer.from(digits.slice(2)))
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), tlv(0x04, value))
}

const KINDS: Readonly<Record<string, number>> = { email: 0x81, DNS: 0x82, URI: 0x86, IP: 0x87 }

function alternativeName(name: string): Buffer {
  const at = name.indexOf(':')
  const kind = name.slice(0, at)
  const value = name.slice(at + 1)
  return tlv(
    KINDS[kind] as number,
    kind === 'IP' ? Buffer.from(value.split('.').map(Number)) : Buffer.from(value),
  )
}

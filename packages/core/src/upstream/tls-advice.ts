/** What an operator should do about a TLS failure, by the code that node:tls or OpenSSL has for it. */

const UNKNOWN_AUTHORITY = 'Give the authority that signed its certificate as tls.ca'
const ASKS_FOR_CERTIFICATE =
  'It asks for a client certificate. Give one that it accepts as tls.cert and tls.key'
const SPEAKS_NO_TLS = 'It does not speak TLS on this port. Use http:// or the right port'
const TOO_OLD = 'It speaks no version of TLS that is allowed here. Update it, or see tls.minVersion'

const ADVICE: Readonly<Record<string, string>> = Object.freeze({
  CERT_HAS_EXPIRED: 'Renew its certificate',
  CERT_NOT_YET_VALID: 'Its certificate is not valid yet. Compare the clocks',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  ERR_TLS_CERT_ALTNAME_INVALID: 'Its certificate bears other names. Give one of them as tls.servername',
  ERR_TLS_ALPN_REFUSED: 'It does not speak HTTP/2. Set its protocol to http1',
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: 'It does not speak the HTTP version that its protocol says',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: ASKS_FOR_CERTIFICATE,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: ASKS_FOR_CERTIFICATE,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: ASKS_FOR_CERTIFICATE,
  ERR_SSL_WRONG_VERSION_NUMBER: SPEAKS_NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: SPEAKS_NO_TLS,
  ERR_SSL_HTTP_REQUEST: SPEAKS_NO_TLS,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: TOO_OLD,
  ERR_SSL_UNSUPPORTED_PROTOCOL: TOO_OLD,
})

/** One sentence, or nothing where the code says it all. */
export function tlsAdvice(code: string): string {
  return ADVICE[code] ?? ''
}

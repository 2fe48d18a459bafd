/** Methods that are forwarded as a matter of course, as `Allow` states them; other tokens are, too, but CONNECT and TRACE. */
export const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

/** Methods that change nothing: they may be sent twice (RFC 9110 section 9.2.1). */
export const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** Methods that are forwarded as a matter of course, as `Allow` states them; other tokens are, too, but CONNECT and TRACE. */
export const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

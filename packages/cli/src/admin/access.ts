/** Who may ask the admin listener, and who may change something. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { AdminOptions } from '../config/admin.ts'

/**
 * Whether the `Host` of a request is a name of this listener. A web page that makes its own name mean 127.0.0.1 (DNS rebinding)
 * reads whatever answers there; the browser still sends that page's name. An address cannot be made to mean another one.
 */
export function isOwnHost(host: string | undefined, { host: own, socketPath }: AdminOptions): boolean {
  if (socketPath !== undefined) return true
  if (host === undefined) return false
  const name = host.replace(/:\d+$/, '').toLowerCase()
  return name === 'localhost' || name === own.toLowerCase() || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0
}

/** Whether the request shows the token. Takes the same time whatever is wrong with it. */
export function showsToken(authorization: string | undefined, token: string): boolean {
  const shown = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization ?? '')?.[1] ?? ''
  return timingSafeEqual(digest(shown), digest(token))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

import type { Attempt } from '@postern/core'

/** Failures before anything was sent: no service has seen the request, so every method may be sent again. */
const NOTHING_SENT: ReadonlySet<string> = new Set([
  'GW_UPSTREAM_CONNECT_REFUSED',
  'GW_UPSTREAM_CONNECT_TIMEOUT',
  'GW_UPSTREAM_DNS',
])

/** Whether an attempt failed since no connection to its endpoint could be made. */
export function failedToConnect({ error }: Attempt): boolean {
  return error !== null && NOTHING_SENT.has(error.code)
}

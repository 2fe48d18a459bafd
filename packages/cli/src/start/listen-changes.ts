/** What of `listen` can change while a gateway listens: certificates, and nothing else. */
import type { ListenOptions, ListenTls } from '@postern/core'

/** The certificates to show from now on, when those can be replaced. */
export function tlsToReplace(now: ListenOptions, wanted: ListenOptions): ListenTls | undefined {
  return clientsOf(wanted) === clientsOf(now) ? wanted.tls : undefined
}

/** What the new `listen` asks for in vain, in words. */
export function ignoredOf(now: ListenOptions, wanted: ListenOptions): string[] {
  if (where(wanted) !== where(now))
    return [
      `The new listen address ${where(wanted)} is ignored until a restart; still listening on ${where(now)}`,
    ]
  if (fixed(wanted) !== fixed(now))
    return ['What changed in listen, other than certificates, is ignored until a restart']
  return []
}

function where({ socketPath, host, port }: ListenOptions): string {
  return socketPath ?? `${host}:${port}`
}

/** Whether there is TLS, and what it asks of clients: certificates can be replaced, this cannot. */
function clientsOf({ tls }: ListenOptions): string {
  return tls ? (tls.clientCertificates ?? 'none') : 'no TLS'
}

function fixed(listen: ListenOptions): string {
  const { name, socketMode, protocols, proxyProtocol } = listen
  return JSON.stringify([name, socketMode, protocols, proxyProtocol, clientsOf(listen)])
}

/** What can be read along or answered by somebody else: TLS, plain text, trust in addresses, listeners. */
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { isLoopback, isPrivateHost } from '../addresses.ts'
import { list, record } from '../look.ts'
import type { AuditRule, Finding } from '../rule.ts'

const tlsUnverified: AuditRule = {
  id: 'tls-unverified',
  severity: 'error',
  title: 'The certificate of an upstream is not checked',
  why: 'Anybody on the way can answer for the service, and reads every token that the gateway sends.',
  fix: 'Take out verify: false and name the authority that issued the certificate in tls.ca.',
  *check({ objects }): Iterable<Finding> {
    for (const [path, object] of objects()) {
      if (path.at(-1) === 'tls' && object['verify'] === false)
        yield { path: [...path, 'verify'], message: 'TLS without a check of the certificate' }
    }
  },
}

const plaintextUpstream: AuditRule = {
  id: 'plaintext-upstream',
  severity: 'warning',
  title: 'Requests leave the private network in plain text',
  why: 'Tokens, identity headers and bodies can be read and changed on the way.',
  fix: 'Use https://, or the private address of the service.',
  *check({ endpoints }): Iterable<Finding> {
    for (const { url, path, service, isSocket } of endpoints) {
      if (isSocket || !url.startsWith('http://') || isPrivateHost(new URL(url).hostname)) continue
      yield {
        path,
        ...(service === '' ? {} : { subject: service }),
        message: `${url} is neither a private address nor TLS`,
      }
    }
  },
}

const plaintextListener: AuditRule = {
  id: 'plaintext-listener',
  severity: 'warning',
  title: 'Credentials arrive in plain text',
  why: 'Whoever sees the traffic between callers and the gateway has their tokens.',
  fix: 'Set listen.tls, or listen on 127.0.0.1 behind something that ends TLS on the same machine, or accept it where a mesh encrypts.',
  *check({ data, plugins }): Iterable<Finding> {
    const listen = record(data['listen'])
    const { host = '127.0.0.1', socketPath, tls } = listen
    if (!plugins.some(({ fault }) => fault === 'guard') || socketPath !== undefined || tls !== undefined)
      return
    if (isLoopback(String(host))) return
    yield { path: ['listen', 'host'], message: `The gateway listens on ${String(host)} without TLS` }
  },
}

const openSocket: AuditRule = {
  id: 'open-socket',
  severity: 'warning',
  title: 'Every user of the machine can write to the unix socket',
  why: 'The rights of the file are all that says who may call.',
  fix: 'Set listen.socketMode to 0o660 (432 in JSON) and give the file to the group of the callers.',
  *check({ data }): Iterable<Finding> {
    const mode = record(data['listen'])['socketMode']
    if (typeof mode === 'number' && (mode & 0o002) !== 0)
      yield { path: ['listen', 'socketMode'], message: `The socket has rights 0o${mode.toString(8)}` }
  },
}

const adminExposed: AuditRule = {
  id: 'admin-exposed',
  severity: 'error',
  title: 'The admin listener can be reached from other machines',
  why: 'It names every route, service, caller and recent request, and with its token it changes state.',
  fix: 'Listen on 127.0.0.1 or a unix socket, and go there through the orchestrator (kubectl port-forward, ssh).',
  *check({ data }): Iterable<Finding> {
    const { host, socketPath } = record(data['admin'])
    if (typeof host === 'string' && socketPath === undefined && !isLoopback(host))
      yield { path: ['admin', 'host'], message: `The admin listener is on ${host}` }
  },
}

/** Lists of addresses whose word is taken, by where they stand in core's options and in plugins'. */
const TRUST_LISTS: readonly (readonly string[])[] = [['trustedProxies'], ['listen', 'proxyProtocol', 'from']]
const PLUGIN_TRUST_LISTS: readonly (readonly string[])[] = [
  ['mtls', 'trustClientCertFrom'],
  ['trust', 'addresses'],
]

const trustsEverybody: AuditRule = {
  id: 'trusts-everybody',
  severity: 'error',
  title: 'Everybody may say on whose behalf it calls',
  why: 'Any client can give itself an address, a certificate or a trace by a header, and logs, exceptions and limits believe it.',
  fix: 'Name the addresses of the proxies in front, and no more.',
  *check({ data, plugins }): Iterable<Finding> {
    const places = [
      ...TRUST_LISTS.map((path) => ({ root: data, base: [] as readonly PropertyKey[], path })),
      ...plugins.flatMap((plugin) =>
        PLUGIN_TRUST_LISTS.map((path) => ({
          root: plugin.options,
          base: [...plugin.path, 'options'],
          path,
        })),
      ),
    ]
    for (const { root, base, path } of places) {
      const entries = list(path.reduce<unknown>((value, key) => record(value)[key], root))
      for (const [index, entry] of entries.entries()) {
        if (typeof entry === 'string' && isEverybody(entry))
          yield { path: [...base, ...path, index], message: `${entry} stands for every address` }
      }
    }
  },
}

function isEverybody(entry: string): boolean {
  const [address = '', bits = ''] = entry.split('/')
  return isIP(address) !== 0 && /^\d+$/.test(bits) && Number(bits) <= 1
}

const certificateEnds: AuditRule = {
  id: 'certificate-ends',
  severity: 'warning',
  title: 'A certificate ends soon',
  why: 'From that moment on no new connection can be made with it.',
  fix: 'Renew it and put it in place: the gateway takes a changed file without a restart. audit.certificateDays sets the bound.',
  *check({ objects, nowMs, settings }): Iterable<Finding> {
    for (const [path, object] of objects()) {
      const endMs = path.includes('tls') ? endOf(object['cert']) : undefined
      if (endMs === undefined) continue
      const days = Math.floor((endMs - nowMs) / 86_400_000)
      if (days > settings.certificateDays) continue
      const when = new Date(endMs).toISOString().slice(0, 10)
      yield {
        path: [...path, 'cert'],
        severity: endMs <= nowMs ? 'error' : 'warning',
        message:
          endMs <= nowMs
            ? `The certificate ended on ${when}`
            : `The certificate ends on ${when}, in ${days} days`,
      }
    }
  },
}

/** When the first certificate of a PEM text ends. What cannot be read, others have said. */
function endOf(pem: unknown): number | undefined {
  if (typeof pem !== 'string' && !(pem instanceof Uint8Array)) return undefined
  try {
    return new X509Certificate(pem).validToDate.getTime()
  } catch {
    return undefined
  }
}

/** The rules of this file. */
export const networkRules: readonly AuditRule[] = [
  tlsUnverified,
  plaintextUpstream,
  plaintextListener,
  openSocket,
  adminExposed,
  trustsEverybody,
  certificateEnds,
]

/** What http-proxy's options become: for http-proxy-middleware, and for the proxy policy of express-gateway. */
import type { Draft, Place, RouteDraft, ServiceDraft } from './draft.ts'
import {
  compact,
  envName,
  isSecretHeader,
  millis,
  type Options,
  opaqueKind,
  optionsAt,
  readTarget,
} from './values.ts'

/**
 * The address of a target, without credentials; `undefined` when nobody can know it.
 * @param option what the target is called.
 */
export function targetUrl(draft: Draft, option: string, value: unknown, where: Place): string | undefined {
  const target = readTarget(value)
  if (target?.hadCredentials)
    draft.change(
      'changed',
      option,
      'The user and password in the address are left out: send them as `rewrite.requestHeaders.set.authorization` from `{ env }`.',
      where,
    )
  return target?.url
}

/** The service behind the options, or `undefined` when nobody can know its address. */
export function targetService(
  draft: Draft,
  value: unknown,
  options: Options,
  where: Place,
): ServiceDraft | undefined {
  const target = targetUrl(draft, 'target', value, where)
  if (target === undefined) return undefined
  const url = options['prependPath'] === false ? new URL(target).origin : target
  return compact({ endpoints: [url], tls: tlsOf(draft, options, where) })
}

/** `secure: false` as TLS settings, with a warning. */
export function tlsOf(draft: Draft, options: Options, where: Place): { readonly verify: false } | undefined {
  if (options['secure'] !== false) return undefined
  draft.change(
    'changed',
    'secure',
    'Certificates stay unchecked (`tls.verify: false`), as before: anybody can answer. Name the authority in `tls.ca` instead.',
    where,
  )
  return { verify: false }
}

/** What is said on a route: host, headers, times. `prefix` names environment variables. */
export function routeSettings(
  draft: Draft,
  options: Options,
  name: string,
  where: Place,
): Pick<RouteDraft, 'rewrite' | 'timeouts' | 'mirror'> {
  const set = requestHeaders(draft, options, name, where)
  const proxyTimeout = millis(options['proxyTimeout'])
  const idleMs = millis(options['timeout']) ?? proxyTimeout
  const timeouts = compact({ headersMs: proxyTimeout, idleMs })
  const rewrite = compact({
    host: options['changeOrigin'] === true || set.host !== undefined ? undefined : 'keep',
    ...(set.host === undefined ? {} : { host: { name: set.host } }),
    requestHeaders: Object.keys(set.headers).length > 0 ? { set: set.headers } : undefined,
  })
  const mirrored = readTarget(options['forward'])
  if (options['forward'] !== undefined && !mirrored)
    draft.change(
      'open',
      'forward',
      'Its address is not known: give `mirror.to` the service that gets the copies.',
      where,
    )
  const mirror = mirrored ? { to: draft.service({ endpoints: [mirrored.url] }, 'mirror') } : undefined
  return compact({
    rewrite: Object.keys(rewrite).length > 0 ? rewrite : undefined,
    timeouts: Object.keys(timeouts).length > 0 ? timeouts : undefined,
    mirror,
  })
}

function requestHeaders(
  draft: Draft,
  options: Options,
  name: string,
  where: Place,
): { headers: Record<string, unknown>; host: string | undefined } {
  const headers: Record<string, unknown> = {}
  let host: string | undefined
  for (const [header, value] of Object.entries(optionsAt(options['headers']))) {
    const lower = header.toLowerCase()
    if (opaqueKind(value) !== undefined || (typeof value !== 'string' && typeof value !== 'number')) {
      draft.change(
        'lost',
        `headers.${lower}`,
        'Its value is not known before a request: set it in a plugin, or in the service.',
        where,
      )
    } else if (lower === 'host') host = String(value)
    else if (
      /^(?:connection|keep-alive|transfer-encoding|content-length|te|trailer|upgrade|via|forwarded|x-forwarded-.*|proxy-.*)$/.test(
        lower,
      )
    )
      draft.change('changed', `headers.${lower}`, 'The gateway states this header itself.', where)
    else if (isSecretHeader(lower))
      headers[lower] = secretHeader(draft, { name, header: lower, value }, where)
    // Braces would be parameters of the path.
    else if (/[{}]/.test(String(value)))
      draft.change(
        'lost',
        `headers.${lower}`,
        'Braces in a value are parameters of the path here: set it in the service.',
        where,
      )
    else headers[lower] = String(value)
  }
  if (options['auth'] !== undefined)
    headers['authorization'] = secretHeader(draft, { name, header: 'authorization', value: undefined }, where)
  return { headers, host }
}

interface SecretHeader {
  /** Name of the service. */
  readonly name: string
  readonly header: string
  readonly value: unknown
}

function secretHeader(
  draft: Draft,
  { name, header, value }: SecretHeader,
  where: Place,
): { readonly env: string } {
  const origin = draft.envOfValue.get(String(value))
  if (origin !== undefined) return draft.secret(origin)
  const variable = envName(name, header)
  draft.change(
    'open',
    header,
    `Its value is a secret and is not written: set ${variable} in the environment, to the whole value of the header.`,
    where,
  )
  return draft.secret(variable)
}

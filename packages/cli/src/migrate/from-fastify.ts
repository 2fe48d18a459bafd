/** @fastify/http-proxy: prefixes, rewrites, retries and times as routes. */
import { asText } from '../as-text.ts'
import type { Draft, Place, RouteDraft, ServiceDraft } from './draft.ts'
import { targetUrl } from './http-proxy-options.ts'
import { FASTIFY_HTTP_PROXY, FASTIFY_REPLY, listChanges } from './option-table.ts'
import type { Recorded } from './recorder/record.ts'
import { compact, millis, type Options, opaqueKind, optionsAt, readTarget } from './values.ts'

/** Adds the routes of one `register(proxy, options)`. */
export function fromFastify(draft: Draft, recorded: Recorded): void {
  const { where } = recorded
  const options = optionsAt(recorded.args[0])
  const reply = optionsAt(options['replyOptions'])
  const isSocket = options['websocket'] === true || options['wsUpstream'] !== undefined
  if (isSocket) draft.hasWebSocket = true
  listChanges(draft, FASTIFY_HTTP_PROXY, options, where, ['internalRewriteLocationHeader'])
  listChanges(draft, FASTIFY_REPLY, reply, where)
  const mount = recorded.mounts[0]?.path ?? ''

  const upstream = serviceOf(draft, options, options['upstream'], mount, where)
  if (!upstream) {
    draft.change(
      'open',
      'upstream',
      `No address is known for ${mount || '/'}, so it has no route. Set the environment variables that the file reads and run gw migrate again, or add the route by hand.`,
      where,
    )
    return
  }
  const settings = routeSettings(draft, options, reply, where)
  const add = (service: ServiceDraft, match: Readonly<Record<string, unknown>>): void => {
    const placed = placeOf(mount, options)
    const to = draft.service(placed.base === '' ? service : withBase(service, placed.base), mount)
    const rewrite = compact({ ...settings.rewrite, path: placed.path })
    draft.route(
      compact({
        match: { ...placed.match, ...match },
        to,
        stripPrefix: placed.strip ? true : undefined,
        rewrite: Object.keys(rewrite).length > 0 ? rewrite : undefined,
        retry: settings.retry,
        timeouts: settings.timeouts,
        limits: settings.limits,
      }),
      where,
    )
  }
  const methods = options['httpMethods']
  add(
    upstream,
    Array.isArray(methods) ? { method: methods.map((method) => String(method).toUpperCase()) } : {},
  )
  const socket = serviceOf(draft, options, options['wsUpstream'], mount, where)
  if (socket && socket.endpoints[0] !== upstream.endpoints[0])
    add(socket, { method: 'GET', headers: { 'sec-websocket-key': { present: true } } })
}

function serviceOf(
  draft: Draft,
  options: Options,
  value: unknown,
  mount: string,
  where: Place,
): ServiceDraft | undefined {
  const target = targetUrl(draft, 'upstream', value, where)
  if (target === undefined) return undefined
  const isRewritten = typeof options['rewritePrefix'] === 'string' && options['rewritePrefix'] !== ''
  // The path of the upstream counts only where no rewritePrefix takes its place.
  const url = isRewritten || mountHasParameters(mount) ? new URL(target).origin : target
  const http2 = options['http2']
  return compact({
    endpoints: [url],
    protocol: http2 === true || Object.keys(optionsAt(http2)).length > 0 ? 'http2' : undefined,
  })
}

interface Placed {
  readonly match: Readonly<Record<string, unknown>>
  readonly strip: boolean
  readonly path: Readonly<Record<string, unknown>> | undefined
  /** Path that the endpoint gets, where there is no prefix to replace. */
  readonly base: string
}

function placeOf(mount: string, options: Options): Placed {
  const rewritten = asText(options['rewritePrefix']).replace(/\/$/, '')
  if (mountHasParameters(mount)) {
    const upstream = readTarget(options['upstream'])
    const front = rewritten === '' ? (upstream?.base ?? '') : rewritten
    const template = `${toPattern(front)}/{rest*}`
    return {
      match: { pathPattern: `${toPattern(mount)}/{rest*}` },
      strip: false,
      path: { template },
      base: '',
    }
  }
  const isExact = Array.isArray(options['routes']) && options['routes'].every((route) => route === '/')
  const kind = isExact ? 'exactPath' : 'path'
  if (mount === '')
    return { match: isExact ? { exactPath: '/' } : {}, strip: false, path: undefined, base: rewritten }
  if (isExact)
    return { match: { exactPath: mount }, strip: false, path: { template: rewritten || '/' }, base: '' }
  if (rewritten === mount) return { match: { [kind]: mount }, strip: false, path: undefined, base: '' }
  return rewritten === ''
    ? { match: { path: mount }, strip: true, path: undefined, base: '' }
    : { match: { path: mount }, strip: false, path: { replacePrefix: rewritten }, base: '' }
}

function mountHasParameters(mount: string): boolean {
  return /\/:/.test(mount)
}

function toPattern(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}')
}

function withBase(service: ServiceDraft, base: string): ServiceDraft {
  const path = base.startsWith('/') ? base : `/${base}`
  return { ...service, endpoints: service.endpoints.map((url) => url + path) }
}

function routeSettings(
  draft: Draft,
  options: Options,
  reply: Options,
  where: Place,
): Pick<RouteDraft, 'rewrite' | 'retry' | 'timeouts' | 'limits'> {
  const undici = optionsAt(options['undici'])
  const http = optionsAt(options['http'])
  const request = optionsAt(http['requestOptions'])
  if (http['agents'] !== undefined || http['agentOptions'] !== undefined)
    draft.change('changed', 'http.agentOptions', FASTIFY_HTTP_PROXY['globalAgent']?.[1] ?? '', where)
  for (const key of Object.keys(undici))
    if (key !== 'headersTimeout' && key !== 'bodyTimeout')
      draft.change('changed', `undici.${key}`, FASTIFY_HTTP_PROXY['globalAgent']?.[1] ?? '', where)
  const http2 = optionsAt(options['http2'])
  const headersMs =
    millis(reply['timeout']) ??
    millis(options['timeout']) ??
    millis(undici['headersTimeout']) ??
    millis(request['timeout']) ??
    millis(http2['requestTimeout'])
  const timeouts = compact({ headersMs, idleMs: millis(undici['bodyTimeout']) })
  const retries = millis(reply['retriesCount']) ?? millis(options['retriesCount'])
  const methods = options['retryMethods']
  const retry =
    retries === undefined
      ? undefined
      : compact({
          on: ['connect', 'reset'],
          methods: Array.isArray(methods) ? methods.map(String) : undefined,
        })
  const query = reply['queryString']
  const isCode = opaqueKind(query) !== undefined
  if (isCode)
    draft.change('lost', 'queryString', 'A function makes the query: it passes as the client sent it.', where)
  const set = Object.fromEntries(Object.entries(optionsAt(query)).map(([key, value]) => [key, String(value)]))
  if (Object.keys(set).length > 0)
    draft.change(
      'changed',
      'queryString',
      'The old proxy replaced the whole query with it; now its parameters are set and the others pass.',
      where,
    )
  const rewrite = compact({
    query: Object.keys(set).length > 0 ? { set } : undefined,
    mapBack: options['internalRewriteLocationHeader'] === false ? false : undefined,
  })
  return compact({
    rewrite: Object.keys(rewrite).length > 0 ? rewrite : undefined,
    retry,
    timeouts: Object.keys(timeouts).length > 0 ? timeouts : undefined,
    limits: retries === undefined ? undefined : { attempts: retries + 1 },
  })
}

/** express-gateway: apiEndpoints, serviceEndpoints and pipelines of a gateway.config.yml as routes. */
import { asText } from '../as-text.ts'
import type { Draft } from './draft.ts'
import { authPolicy } from './express-gateway-auth.ts'
import { type Condition, readCondition } from './express-gateway-conditions.ts'
import { routeSettings, tlsOf } from './http-proxy-options.ts'
import { EXPRESS_GATEWAY_POLICY, EXPRESS_GATEWAY_PROXY, HTTP_PROXY, listChanges } from './option-table.ts'
import { compact, type Options, optionsAt, readTarget } from './values.ts'

/** Adds everything that the file says. `place` gives `file:line` of a path in it. */
export function fromExpressGateway(
  draft: Draft,
  config: Options,
  place: (path: readonly PropertyKey[]) => string,
): void {
  const listen = optionsAt(config['https'] ?? config['http'])
  if (typeof listen['port'] === 'number')
    draft.listen = compact({ host: listen['hostname'] ?? listen['host'], port: listen['port'] })
  if (config['https'] !== undefined)
    draft.change(
      'open',
      'https',
      'Name certificate and key of the listener in listen.tls, as { file }: they are not written, so that nothing starts without them unseen.',
      place(['https']),
    )
  if (config['admin'] !== undefined)
    draft.change(
      'changed',
      'admin',
      'There is no admin API that edits the configuration: change the file, and the gateway reloads it.',
      place(['admin']),
    )
  const pipelines = optionsAt(config['pipelines'])
  const list = Array.isArray(config['pipelines'])
    ? config['pipelines'].map((item, index) => [index, item] as const)
    : Object.entries(pipelines)
  for (const [key, pipeline] of list)
    addPipeline(draft, config, optionsAt(pipeline), place, ['pipelines', key])
  draft.change(
    'changed',
    'eg-request-id',
    'The gateway sends its id as eg-request-id (requestIdHeader), to the client as well.',
  )
  draft.options['requestIdHeader'] = 'eg-request-id'
  // Its http-proxy is never told of upgrades.
  draft.hasWebSocket = false
}

type PlaceOf = (path: readonly PropertyKey[]) => string
type Path = readonly PropertyKey[]

function addPipeline(draft: Draft, config: Options, pipeline: Options, place: PlaceOf, path: Path): void {
  const names = [pipeline['apiEndpoints'] ?? pipeline['apiEndpoint']].flat().map(String)
  const auth: Record<string, unknown>[] = []
  const headers: Options[] = []
  let isProxied = false
  for (const [index, given] of [pipeline['policies']].flat().entries())
    for (const [policy, steps] of Object.entries(optionsAt(given))) {
      const at = [...path, 'policies', index, policy]
      const row = EXPRESS_GATEWAY_POLICY[policy]
      if (!row)
        draft.change(
          'lost',
          policy,
          'A policy of a plugin: write a plugin (docs/writing-a-plugin.md), or move it into the service.',
          place(at),
        )
      else if (row[0] === 'lost' || row[0] === 'changed') draft.change(row[0], policy, row[1], place(at))
      for (const step of steps === null || steps === undefined ? [{}] : [steps].flat()) {
        const { condition, action } = optionsAt(step) as { condition?: unknown; action?: unknown }
        const options = optionsAt(action)
        const rule = authPolicy(draft, policy, options, place(at))
        if (rule) {
          auth.push(rule)
          if (condition !== undefined)
            draft.change(
              'changed',
              policy,
              'Its condition is left out: the policy now holds for the whole route. Say exceptions with routes of their own (plugins.auth.access: public).',
              place(at),
            )
        }
        if (policy === 'headers' || policy === 'request-transformer' || policy === 'response-transformer')
          headers.push(headerRules(draft, policy, options, condition, place(at)))
        if (policy !== 'proxy') continue
        isProxied = true
        for (const name of names)
          addProxy(draft, config, {
            name,
            options,
            condition: readCondition(condition),
            rules: { auth, headers: merged(headers) },
            where: place(at),
          })
      }
    }
  if (!isProxied)
    draft.change(
      'open',
      'pipelines',
      'A pipeline without proxy answers by itself, and has no route.',
      place(path),
    )
}

interface ProxyStep {
  /** Name of the apiEndpoint. */
  readonly name: string
  readonly options: Options
  readonly condition: Condition
  readonly rules: { readonly auth: readonly Options[]; readonly headers: Options }
  readonly where: string
}

function addProxy(
  draft: Draft,
  config: Options,
  { name, options, condition, rules, where }: ProxyStep,
): void {
  const endpoint = optionsAt(optionsAt(config['serviceEndpoints'])[String(options['serviceEndpoint'])])
  const all: Options = {
    changeOrigin: true,
    ...options,
    ...optionsAt(endpoint['proxyOptions']),
    ...optionsAt(options['proxyOptions']),
  }
  listChanges(draft, { ...HTTP_PROXY, ...EXPRESS_GATEWAY_PROXY }, all, where, ['secure', 'target'])
  if (condition.problem !== undefined) {
    draft.change(
      'open',
      'condition',
      `${condition.problem} The step has no route: say it with match of a route.`,
      where,
    )
    return
  }
  const urls = [endpoint['urls'] ?? endpoint['url']]
    .flat()
    .map((url) => readTarget(url)?.url)
    .filter((url) => url !== undefined)
  const apis = [optionsAt(config['apiEndpoints'])[name]].flat()
  if (urls.length === 0 || apis[0] === undefined) {
    const missing =
      urls.length === 0
        ? `the serviceEndpoint ${String(options['serviceEndpoint'])} has no address`
        : `there is no apiEndpoint ${name}`
    draft.change('open', 'proxy', `Without a route, since ${missing}.`, where)
    return
  }
  const service = compact({
    endpoints: urls,
    balance: urls.length > 1 ? 'round-robin' : undefined,
    tls: tlsOf(draft, all, where),
  })
  const to = draft.service(service, String(options['serviceEndpoint']))
  const settings = routeSettings(draft, all, to, where)
  for (const api of apis)
    for (const match of matchesOf(draft, optionsAt(api), condition, where)) {
      const strips = all['stripPath'] === true && match['path'] !== undefined
      if (
        all['stripPath'] === true &&
        !strips &&
        match['exactPath'] === undefined &&
        Object.keys(match).some((key) => key === 'pathPattern')
      )
        draft.change(
          'lost',
          'stripPath',
          'Of a path with parameters: say it with rewrite.path.template.',
          where,
        )
      const rewrite = {
        ...settings.rewrite,
        ...rules.headers,
        ...(all['stripPath'] === true && match['exactPath'] !== undefined ? { path: { template: '/' } } : {}),
      }
      const scopes = [optionsAt(api)['scopes']].flat().filter((scope) => typeof scope === 'string')
      const own = rules.auth[0]
      if (scopes.length > 0 && !own)
        draft.change(
          'lost',
          'scopes',
          'Scopes without an authentication policy were never checked, and are left out.',
          where,
        )
      draft.route(
        compact({
          match,
          to,
          stripPrefix: strips ? true : undefined,
          rewrite: Object.keys(rewrite).length > 0 ? rewrite : undefined,
          timeouts: settings.timeouts,
          plugins: own
            ? {
                auth: compact({
                  schemes: rules.auth.map(({ scheme }) => scheme),
                  scopes: scopes.length > 0 ? scopes : undefined,
                }),
              }
            : undefined,
        }),
        where,
      )
    }
}

/** The matches of an apiEndpoint, one for each of its paths. */
function matchesOf(
  draft: Draft,
  api: Options,
  condition: Condition,
  where: string,
): Record<string, unknown>[] {
  const paths = [condition.exactPath ?? api['paths'] ?? api['path'] ?? '/*'].flat().map(String)
  const methods =
    condition.method ??
    [api['methods'] ?? []]
      .flat()
      .map((method) => asText(method))
      .join(',')
  if (api['pathRegex'] !== undefined) {
    draft.change(
      'open',
      'pathRegex',
      'Routes have no regular expressions: say it with match.path or match.pathPattern. It has no route.',
      where,
    )
    return []
  }
  const hosts = condition.host === undefined ? [api['host'] ?? '*'].flat().map(String) : [condition.host]
  const method = methods === '' || methods === '*' ? undefined : methods.toUpperCase().split(/\s*,\s*/)
  return hosts.flatMap((host) =>
    paths.flatMap((path) => {
      const place = placeOf(path)
      if (place) return [compact({ host: host === '*' ? undefined : host.toLowerCase(), method, ...place })]
      draft.change(
        'open',
        'paths',
        `"${path}" cannot be said as a match, and has no route: see match.path, match.exactPath and match.pathPattern.`,
        where,
      )
      return []
    }),
  )
}

/** A path of Express: `/ip`, `/api/*`, `/users/:id`. */
function placeOf(path: string): Record<string, unknown> | undefined {
  const plain = path.replace(/\/?\(?\.?\*\)?$/, '')
  const isPrefix = plain !== path
  if (/[*?+()]/.test(plain)) return undefined
  const pattern = plain.replaceAll(/:(\w+)/g, '{$1}')
  if (pattern !== plain) return { pathPattern: isPrefix ? `${pattern}/{rest*}` : pattern }
  if (isPrefix) return plain === '' || plain === '/' ? {} : { path: plain }
  return { exactPath: plain === '' ? '/' : plain }
}

/** Constant headers of a policy, as a rewrite. */
function headerRules(
  draft: Draft,
  policy: string,
  options: Options,
  condition: unknown,
  where: string,
): Options {
  if (condition !== undefined) {
    draft.change(
      'lost',
      policy,
      'Its condition cannot be said: its headers are left out. Give what it holds for a route of its own.',
      where,
    )
    return {}
  }
  if (options['body'] !== undefined)
    draft.change('lost', `${policy}.body`, 'Bodies are not changed: do it in the service.', where)
  const isHeaders = policy === 'headers'
  const given = optionsAt(options['headers'])
  const prefix = isHeaders ? asText(options['headersPrefix']) : ''
  const values = isHeaders
    ? optionsAt(options['forwardHeaders'] ?? options['headers'])
    : optionsAt(given['add'])
  const set: Record<string, string> = {}
  for (const [name, value] of Object.entries(values)) {
    // Values are expressions: 'text' or "text" in quotes is the only constant form, or one without any operator.
    const text =
      /^(['"])(.*)\1$/.exec(String(value))?.[2] ??
      (isHeaders && !/[.(){}]/.test(String(value)) ? String(value) : undefined)
    if (text === undefined || /[{}]/.test(text))
      draft.change(
        'lost',
        `${policy}.${name}`,
        'Its value is an expression: set it in a plugin, or in the service.',
        where,
      )
    else set[(prefix + name).toLowerCase()] = text
  }
  const remove = [given['remove'] ?? []].flat().map(String)
  const rules = compact({
    set: Object.keys(set).length > 0 ? set : undefined,
    remove: remove.length > 0 ? remove : undefined,
  })
  if (Object.keys(rules).length === 0) return {}
  return { [policy === 'response-transformer' ? 'responseHeaders' : 'requestHeaders']: rules }
}

function merged(all: readonly Options[]): Options {
  const result: Record<string, Record<string, unknown>> = {}
  for (const rules of all)
    for (const [side, given] of Object.entries(rules)) {
      const { set, remove } = optionsAt(given)
      const before = result[side] ?? {}
      const both = compact({
        set: set === undefined ? before['set'] : { ...optionsAt(before['set']), ...optionsAt(set) },
        remove:
          remove === undefined ? before['remove'] : [...new Set([before['remove'] ?? [], remove].flat())],
      })
      result[side] = both
    }
  return result
}

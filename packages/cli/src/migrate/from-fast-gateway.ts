/** fast-gateway: its list of routes as routes. */
import { asText } from '../as-text.ts'
import type { Draft } from './draft.ts'
import { FAST_GATEWAY, FAST_GATEWAY_ROUTE, listChanges } from './option-table.ts'
import type { Recorded } from './recorder/record.ts'
import { compact, millis, type Options, opaqueKind, optionsAt, readTarget } from './values.ts'

/** Adds the routes of one `gateway(options)`. */
export function fromFastGateway(draft: Draft, { args, where }: Recorded): void {
  const options = optionsAt(args[0])
  const filled = (given: Options): Options =>
    Object.fromEntries(
      Object.entries(given).filter(([, value]) => !(Array.isArray(value) && value.length === 0)),
    )
  listChanges(draft, FAST_GATEWAY, filled(options), where)
  const routes = Array.isArray(options['routes']) ? options['routes'] : []
  for (const [index, given] of routes.entries()) {
    const route = optionsAt(given)
    const place = `${where} (routes[${index}])`
    listChanges(draft, FAST_GATEWAY_ROUTE, filled(route), place)
    addRoute(draft, route, options, place)
  }
}

function addRoute(draft: Draft, route: Options, options: Options, where: string): void {
  const kind = asText(route['proxyType'], 'http')
  if (kind === 'websocket') draft.hasWebSocket = true
  const prefix = prefixOf(draft, route['prefix'], where)
  if (prefix === undefined) return
  if (kind !== 'http' && kind !== 'websocket') {
    draft.change(
      'open',
      'proxyType',
      `${prefix || '/'} goes to "${kind}", which is no HTTP service, and has no route.`,
      where,
    )
    return
  }
  const target = readTarget(options['targetOverride'] ?? route['target'])
  if (!target) {
    draft.change(
      'open',
      'target',
      `No address is known for ${prefix || '/'}, so it has no route. Set the environment variables that the file reads and run gw migrate again, or add the route by hand.`,
      where,
    )
    return
  }
  const regex = asText(route['pathRegex'] ?? options['pathRegex'], '/*')
  if (!['', '/*', '*', '(.*)'].includes(regex))
    draft.change(
      'changed',
      'pathRegex',
      `"${regex}" is read as "/*": everything below the prefix passes. Say less with match.exactPath or match.pathPattern.`,
      where,
    )
  const rewritten = asText(route['prefixRewrite']).replace(/\/$/, '')
  // A function rewrites the path: what the prefix becomes is its matter.
  const keeps = opaqueKind(route['urlRewrite']) !== undefined || rewritten === prefix || kind === 'websocket'
  const isExact = regex === '' && prefix !== ''
  const methods = route['methods']
  const headersMs = millis(route['timeout']) ?? millis(options['timeout'])
  draft.route(
    compact({
      match: compact({
        path: isExact || prefix === '' ? undefined : prefix,
        exactPath: isExact ? prefix : undefined,
        method: Array.isArray(methods) ? methods.map(String) : undefined,
      }),
      to: draft.service(
        compact({
          endpoints: [target.url],
          protocol: route['http2'] === true ? ('http2' as const) : undefined,
        }),
        prefix,
      ),
      stripPrefix: !keeps && !isExact && prefix !== '' && rewritten === '' ? true : undefined,
      rewrite:
        keeps || prefix === ''
          ? undefined
          : isExact
            ? { path: { template: rewritten || '/' } }
            : rewritten === ''
              ? undefined
              : { path: { replacePrefix: rewritten } },
      timeouts: headersMs === undefined ? undefined : { headersMs },
    }),
    where,
  )
}

/** The prefix; an expression of the form `/public/.*` is one, too. */
function prefixOf(draft: Draft, value: unknown, where: string): string | undefined {
  const regexp = optionsAt(value)['$regexp'] ?? (value as { $regexp?: unknown } | undefined)?.$regexp
  const text =
    typeof value === 'string'
      ? value
      : typeof regexp === 'string'
        ? regexp
            .replace(/^\^/, '')
            .replaceAll('\\/', '/')
            .replace(/\/?\.\*\$?$/, '')
        : ''
  const plain = text.replace(/\/?\*$/, '').replace(/\/$/, '')
  if (/^(?:\/[\w.~%@-]+)*$/.test(plain)) return plain
  draft.change(
    'open',
    'prefix',
    `"${plain}" is no plain prefix, and has no route: say it with match.pathPattern.`,
    where,
  )
  return undefined
}

import { GatewayError, type PluginView } from '@postern/core'
import type { ExplainedRequest } from '../explain.ts'
import type { RoutingWindow } from './routing-view.ts'

/** What operators see of the plugin: the same as a host sees through `routingView()`. */
export function routingViews(window: RoutingWindow): Readonly<Record<string, PluginView>> {
  return {
    services: { read: (query) => pick(window.services(), query.get('service'), ({ name }) => name) },
    targets: { read: (query) => pick(window.routes(), query.get('route'), ({ id }) => id) },
    names: {
      read: (query) =>
        window.names({
          name: query.get('name') ?? undefined,
          service: query.get('service') ?? undefined,
          sinceMs: timeOf(query.get('since')),
        }),
    },
    explain: { read: (query) => window.explain(requestOf(query)) },
  }
}

/** All, or the one that is asked for; `undefined` when there is no such thing. */
function pick<T>(all: readonly T[], name: string | null, nameOf: (one: T) => string): unknown {
  return name === null ? all : all.find((one) => nameOf(one) === name)
}

/** @throws {GatewayError} GW_REQ_TARGET_INVALID, which is a 400, on a time that is none. */
function timeOf(given: string | null): number | undefined {
  if (given === null) return undefined
  const ms = Date.parse(given)
  if (Number.isNaN(ms)) throw invalid('since is no time. Give one such as 2026-11-24T12:00:00Z')
  return ms
}

/** `?method=&url=` or `?method=&host=&path=`, and `&header=Name: value` as often as there are headers. */
function requestOf(query: URLSearchParams): ExplainedRequest {
  const method = query.get('method')?.toUpperCase()
  return { ...placeOf(query), method, headers: query.getAll('header').flatMap(headerOf) }
}

function placeOf(query: URLSearchParams): Pick<ExplainedRequest, 'host' | 'path' | 'query'> {
  const url = query.get('url')
  if (url !== null) {
    const parsed = URL.parse(url)
    if (!parsed) throw invalid('url is no URL. Give one such as http://orders/7?a=1, or host and path')
    // `pathname` has no dot segments any more; the gateway decides what it does with those.
    const target = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*([^#]*)/i.exec(url)?.[1] ?? ''
    return { host: parsed.host, ...targetOf(target) }
  }
  const host = query.get('host')
  if (host === null) throw invalid('Nothing to explain. Give url=http://orders/7, or host=orders&path=/7')
  return { host, ...targetOf(query.get('path') ?? '/') }
}

function targetOf(target: string): { readonly path: string; readonly query: string } {
  const at = target.indexOf('?')
  const path = at === -1 ? target : target.slice(0, at)
  return { path: path === '' ? '/' : path, query: at === -1 ? '' : target.slice(at) }
}

function headerOf(line: string): readonly [string, string] {
  const at = line.indexOf(':')
  if (at < 1) throw invalid('A header has no name. Give header=Name: value')
  return [line.slice(0, at).trim(), line.slice(at + 1).trim()]
}

function invalid(message: string): GatewayError {
  return new GatewayError('GW_REQ_TARGET_INVALID', { message })
}

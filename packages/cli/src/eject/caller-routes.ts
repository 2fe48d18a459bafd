/** Services and routes of the caller's seat: as the gateway had them, held to the name that callers know the gateway by. */
import { isRecord } from '../config/validate.ts'
import { Code } from './literal.ts'
import { aliasesOf, type Data, type Source, serviceOf, servicesIn } from './source.ts'

/** Routes that lead to a service. */
export function routesTo(source: Source, service: string): Data[] {
  return source.routes.filter((route) =>
    servicesIn(route['to']).some((name) => serviceOf(source, name) === service),
  )
}

/** Name of the gateway, as an expression of the caller's module or as text. */
export type Host = Code | string

/** Those routes for the caller: policies of guards stay with the service. */
export function callerRoutes(source: Source, service: string, host: Host): Data[] {
  return routesTo(source, service).map((route) => {
    const { plugins, match, ...rest } = route
    // Without a host a route would catch the same path of any host that the caller asks.
    const held = {
      ...(isRecord(match) && match['host'] !== undefined ? {} : { host }),
      ...(isRecord(match) ? match : {}),
    }
    const trace = isRecord(plugins) ? plugins['trace'] : undefined
    return { match: held, ...rest, ...(trace === undefined ? {} : { plugins: { trace } }) }
  })
}

/** The service, and every other one that its routes name. */
export function callerServices(source: Source, service: string, host: Host): Data {
  const routes = routesTo(source, service)
  const names = new Set([service])
  for (const route of routes) {
    for (const name of servicesIn(route['to'])) names.add(serviceOf(source, name))
    if (isRecord(route['mirror'])) names.add(serviceOf(source, String(route['mirror']['to'])))
  }
  return Object.fromEntries(
    [...names].map((name) => {
      const { aliases, ...rest } = source.services[name] ?? {}
      const kept = aliasesOf(aliases).flatMap((alias) => callerAlias(alias, { name, service, routes, host }))
      return [name, kept.length === 0 ? rest : { ...rest, aliases: kept }]
    }),
  )
}

interface AliasPlace {
  /** The service that has the alias. */
  readonly name: string
  /** The service that is ejected. */
  readonly service: string
  /** Routes of the caller's module, as the gateway has them. */
  readonly routes: readonly Data[]
  readonly host: Host
}

/** An alias as it leads to routes of the caller's module; none where it would lead nowhere, which the plugin refuses. */
function callerAlias(alias: Data, { name, service, routes, host }: AliasPlace): Data[] {
  const { movedFrom, movedTo, ...rest } = alias
  if (routes.some(({ to }) => servicesIn(to).includes(String(alias['name'])))) return [alias]
  // Whoever still uses old names of another service calls that one.
  if (name !== service) return []
  if (movedFrom !== undefined || movedTo !== undefined)
    return [
      {
        ...rest,
        ...(movedFrom === undefined ? {} : { movedFrom: hosted(movedFrom, host) }),
        ...(movedTo === undefined ? {} : { movedTo: hosted(movedTo, host) }),
      },
    ]
  const hosts = routes.map(({ match }) => (isRecord(match) ? match['host'] : undefined))
  if (hosts.includes(name)) return [alias]
  // Routes of any host served the old name; here they have the gateway's.
  return hosts.includes(undefined) ? [{ ...rest, movedTo: host }] : []
}

/** Old paths are paths of the gateway. */
function hosted(place: unknown, host: Host): unknown {
  if (typeof place !== 'string' || !place.startsWith('/')) return place
  return typeof host === 'string' ? host + place : new Code(`\`\${${host.text}}${place}\``)
}

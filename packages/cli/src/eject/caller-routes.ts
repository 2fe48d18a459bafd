/** Services and routes of the caller's seat: as the gateway had them, held to the name that callers know the gateway by. */
import { isRecord } from '../config/validate.ts'
import { Code } from './literal.ts'
import { type Data, type Source, serviceOf, servicesIn } from './source.ts'

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
  const names = new Set([service])
  for (const route of routesTo(source, service)) {
    for (const name of servicesIn(route['to'])) names.add(serviceOf(source, name))
    if (isRecord(route['mirror'])) names.add(serviceOf(source, String(route['mirror']['to'])))
  }
  return Object.fromEntries(
    [...names].map((name) => [name, withHostedAliases(source.services[name] ?? {}, host)]),
  )
}

/** Old paths are paths of the gateway. */
function withHostedAliases(service: Data, host: Host): Data {
  const aliases = service['aliases']
  if (!Array.isArray(aliases)) return service
  const hosted = (place: unknown): unknown => {
    if (typeof place !== 'string' || !place.startsWith('/')) return place
    return typeof host === 'string' ? host + place : new Code(`\`\${${host.text}}${place}\``)
  }
  return {
    ...service,
    aliases: aliases.map((alias: unknown) => {
      if (!isRecord(alias)) return alias
      const { movedFrom, movedTo, ...rest } = alias
      return {
        ...rest,
        ...(movedFrom === undefined ? {} : { movedFrom: hosted(movedFrom) }),
        ...(movedTo === undefined ? {} : { movedTo: hosted(movedTo) }),
      }
    }),
  }
}

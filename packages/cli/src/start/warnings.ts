/** What somebody who starts a gateway should know of its configuration. Nothing in it keeps it from starting. */
import { type Gateway, isPluginInstance, type Mode, shortName } from '@postern/core'
import type { LoadedConfig } from '../config/load.ts'
import { isRecord } from '../config/validate.ts'

/** Sentences, the gravest first. */
export function warningsOf(config: LoadedConfig, gateway: Gateway): string[] {
  return [
    ...unverified(config),
    ...gateway.readiness().reasons.map((why) => `not ready: ${why}`),
    ...weakModes(gateway),
  ]
}

/** Places where the certificate of whoever answers is not looked at. */
function unverified({ options, plugins }: LoadedConfig): string[] {
  const places = [
    ...placesIn(options.upstream, 'upstream'),
    ...plugins.flatMap(({ definition, options: given }) => placesIn(given, shortName(definition.name))),
  ]
  return places.map((place) => `${place} is false: anybody can answer in the place of the service`)
}

/** Paths of `tls.verify: false`. Only plain data, and each object once: in TypeScript there may be circles. */
function placesIn(value: unknown, path: string, seen: Set<unknown> = new Set()): string[] {
  if (typeof value !== 'object' || value === null || seen.has(value) || isPluginInstance(value)) return []
  seen.add(value)
  if (Array.isArray(value)) return value.flatMap((item, index) => placesIn(item, `${path}[${index}]`, seen))
  if (Object.getPrototypeOf(value) !== Object.prototype) return []
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const own = key === 'tls' && isRecord(inner) && inner['verify'] === false ? [`${path}.tls.verify`] : []
    return [...own, ...placesIn(inner, `${path}.${key}`, seen)]
  })
}

/** Plugins whose word does not count, for the gateway or on some of its routes. */
function weakModes(gateway: Gateway): string[] {
  const routes = gateway.routes()
  return gateway.plugins().flatMap(({ name, mode }) => {
    const weak = routes.filter(({ plugins }) => {
      const here = plugins.find((plugin) => plugin.name === name)
      return here !== undefined && here.mode !== mode && WEAK.includes(here.mode)
    })
    const all = WEAK.includes(mode) ? [`${name} is in ${mode}: ${MEANING[mode]}`] : []
    if (mode !== 'enforce' || weak.length === 0) return all
    const shown = weak.slice(0, MOST_SHOWN).map(({ id, plugins }) => {
      const here = plugins.find((plugin) => plugin.name === name)
      return `${id} (${here?.mode})`
    })
    const more = weak.length > MOST_SHOWN ? ` and ${weak.length - MOST_SHOWN} more` : ''
    return [`${name} is weaker than enforce on ${shown.join(', ')}${more}`]
  })
}

const MOST_SHOWN = 5
const WEAK: readonly Mode[] = ['off', 'observe', 'shadow']
const MEANING: Readonly<Record<Mode, string>> = {
  off: 'it does nothing',
  observe: 'it looks, and refuses nobody',
  shadow: 'it counts whom it would refuse, and refuses nobody',
  enforce: 'its word counts',
}

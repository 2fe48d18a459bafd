/** JSON Schema of a whole configuration file: core's options, where to listen, and the plugins with options of their own. */
import {
  type AnyPluginDefinition,
  gatewayOptionsSchema,
  listenOptionsSchema,
  modeSettingsSchema,
  shortName,
} from '@postern/core'
import { adminSchema, entrySchema, ownSchema } from '../config/schema.ts'
import { toJson } from './convert.ts'
import {
  asDefinition,
  isList,
  isSchema,
  type JsonSchema,
  mapChildren,
  propertiesOf,
  refTo,
} from './json-schema.ts'
import { acceptReferences, keysByReference, REFERENCE, referenceSchema } from './references.ts'

/** A plugin of the configuration. */
export interface UsedPlugin {
  /** As the file names it. */
  readonly use: string
  /** What it is made of. */
  readonly definition: AnyPluginDefinition
}

/** Names of definitions have no characters that a reference would have to escape: not every editor reads that. */
const ROUTE_PLUGINS = 'routePlugins'
/** A word of JSON Schema. Linters take an object with it for a promise. */
// oxlint-disable-next-line unicorn/no-thenable
const THEN = 'then'

/** The schema of files that use these plugins, and no other. */
export function configSchema(plugins: readonly UsedPlugin[]): JsonSchema {
  const own = toObject(toJson(ownSchema))
  const core = toObject(toJson(gatewayOptionsSchema))
  const listen = toObject(toJson(listenOptionsSchema))
  const { listen: listenWords, admin: adminWords, plugins: pluginWords, ...others } = propertiesOf(own)
  return withRoutePlugins({
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Postern gateway',
    type: 'object',
    properties: {
      ...others,
      listen: { ...listenWords, ...withTls(listen) },
      admin: { ...adminWords, ...withToken(toObject(toJson(adminSchema))) },
      plugins: { ...pluginWords, type: 'array', items: entryOf(plugins) },
      ...propertiesOf(core),
      upstream: withUpstreamTls(toObject(propertiesOf(core)['upstream'])),
    },
    additionalProperties: false,
    definitions: {
      [REFERENCE]: referenceSchema,
      ...Object.fromEntries(plugins.flatMap(definitionsOf)),
      [ROUTE_PLUGINS]: routePlugins(plugins),
    },
  })
}

/** An entry of `plugins`: which options it takes follows from its `use`. */
function entryOf(plugins: readonly UsedPlugin[]): JsonSchema {
  const entry = toObject(toJson(entrySchema))
  const { use } = propertiesOf(entry)
  const byUse = plugins.filter(({ definition }) => definition.options).map(optionsByUse)
  return {
    ...entry,
    properties: {
      ...propertiesOf(entry),
      use: { ...use, examples: plugins.map((plugin) => plugin.use) },
      ...propertiesOf(modeSettings()),
    },
    additionalProperties: false,
    // An empty list is no schema.
    ...(byUse.length === 0 ? {} : { allOf: byUse }),
  }
}

function optionsByUse({ use, definition }: UsedPlugin): JsonSchema {
  const json = definition.options && toJson(definition.options)
  const required = json?.['required']
  const needsOptions = isList(required) && required.length > 0
  return {
    if: { properties: { use: { const: use } }, required: ['use'] },
    [THEN]: {
      properties: { options: { $ref: refTo(optionsName(definition)) } },
      ...(needsOptions ? { required: ['options'] } : {}),
    },
  }
}

function definitionsOf({ definition }: UsedPlugin): [string, JsonSchema][] {
  const { options, routeOptions } = definition
  const made: [string, JsonSchema][] = []
  if (options) {
    const name = optionsName(definition)
    made.push([name, acceptReferences(asDefinition(toJson(options) ?? {}, name))])
  }
  const name = routeName(definition)
  const settings = routeOptions ? (toJson(routeOptions) ?? {}) : { additionalProperties: false }
  // Most routes stand in the options of a routing plugin, where secrets are replaced.
  made.push([name, withModes(acceptReferences(asDefinition(settings, name)))])
  return made
}

/** What a route says of plugins, by their short names. */
function routePlugins(plugins: readonly UsedPlugin[]): JsonSchema {
  const { mode } = propertiesOf(modeSettings())
  const settings = ({ definition }: UsedPlugin): [string, JsonSchema] => [
    shortName(definition.name),
    { anyOf: [{ enum: mode?.['enum'] }, { $ref: refTo(routeName(definition)) }] },
  ]
  return {
    type: 'object',
    properties: Object.fromEntries(plugins.map(settings)),
    additionalProperties: false,
  }
}

/** Mode settings stand among the route options of a plugin, whatever form these have. */
function withModes(schema: JsonSchema): JsonSchema {
  for (const word of ['anyOf', 'oneOf']) {
    const forms = schema[word]
    if (isList(forms))
      return { ...schema, [word]: forms.map((form) => (isSchema(form) ? withModes(form) : form)) }
  }
  return {
    type: 'object',
    ...schema,
    properties: { ...propertiesOf(modeSettings()), ...propertiesOf(schema) },
  }
}

function modeSettings(): JsonSchema {
  return toObject(toJson(modeSettingsSchema))
}

function withTls(schema: JsonSchema): JsonSchema {
  const { tls, ...others } = propertiesOf(schema)
  if (!tls) return schema
  return { ...schema, properties: { ...others, tls: keysByReference(acceptReferences(tls)) } }
}

function withUpstreamTls(upstream: JsonSchema): JsonSchema {
  const { anyOf } = upstream
  return { ...upstream, anyOf: (isList(anyOf) ? anyOf : []).filter(isSchema).map(withTls) }
}

/** A token is given by reference only: a file of YAML or JSON never has it in it. */
function withToken(admin: JsonSchema): JsonSchema {
  const { token, ...others } = propertiesOf(admin)
  const { description } = token ?? {}
  return {
    ...admin,
    properties: {
      ...others,
      token: { ...(description === undefined ? {} : { description }), anyOf: [{ $ref: refTo(REFERENCE) }] },
    },
    anyOf: [{ required: ['port'] }, { required: ['socketPath'] }],
  }
}

/** Routes stand anywhere in the options of a plugin: core's schema for their plugins is marked. */
function withRoutePlugins(schema: JsonSchema): JsonSchema {
  const { 'x-postern': mark, description } = schema
  if (mark !== 'route-plugins') return mapChildren(schema, withRoutePlugins)
  return { ...(description === undefined ? {} : { description }), anyOf: [{ $ref: refTo(ROUTE_PLUGINS) }] }
}

function optionsName({ name }: AnyPluginDefinition): string {
  return `${shortName(name)}.options`
}

function routeName({ name }: AnyPluginDefinition): string {
  return `${shortName(name)}.route`
}

/** Schemas of ours always convert. */
function toObject(schema: JsonSchema | undefined): JsonSchema {
  if (!schema) throw new TypeError('A schema of the configuration has no JSON Schema')
  return schema
}

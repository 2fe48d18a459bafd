/** JSON Schema of what plugins bring: any Standard Schema. */
import type { OptionsSchema } from '@postern/core'
import { type ConversionConfig, toJsonSchema } from '@valibot/to-json-schema'
import { isSchema, type JsonSchema } from './json-schema.ts'
import { tidy } from './tidy.ts'
import { ValibotTrees } from './valibot-tree.ts'

/** The part of Standard JSON Schema (standardschema.dev) that is read. Zod and ArkType have it, valibot does not. */
interface WithJsonSchema {
  readonly jsonSchema?: { readonly input?: (options: { readonly target: 'draft-07' }) => unknown }
}

/**
 * What people may write for a schema. `undefined` where it does not tell: anything fits then, and the gateway checks it when it
 * starts. What JSON Schema cannot say (checks by code) is left out.
 */
export function toJson(schema: OptionsSchema<unknown, unknown>): JsonSchema | undefined {
  const standard = schema['~standard'] as OptionsSchema['~standard'] & WithJsonSchema
  try {
    const made = standard.jsonSchema?.input
      ? standard.jsonSchema.input({ target: 'draft-07' })
      : standard.vendor === 'valibot' && fromValibot(schema)
    return isSchema(made) ? tidy(made) : undefined
  } catch {
    // A library may refuse what it cannot say. The schema is a plugin's: it must not end the command.
    return undefined
  }
}

const CONFIG: ConversionConfig = {
  target: 'draft-07',
  typeMode: 'input',
  errorMode: 'ignore',
  overrideAction: ({ valibotAction, jsonSchema, errors }) => {
    if (valibotAction.type !== 'regex') return undefined
    const { requirement } = valibotAction as unknown as { readonly requirement: RegExp }
    const { pattern, ...others } = jsonSchema
    if (!isPattern(requirement)) return pattern === requirement.source ? others : jsonSchema
    // The converter keeps the first of several.
    return errors
      ? { ...jsonSchema, allOf: [...(jsonSchema.allOf ?? []), { pattern: requirement.source }] }
      : undefined
  },
}

function fromValibot(schema: unknown): unknown {
  const tree: unknown = new ValibotTrees().of(schema)
  return toJsonSchema(tree as Parameters<typeof toJsonSchema>[0], CONFIG)
}

/** Patterns have no flags, and are read as if they had `u`. */
function isPattern({ source, flags }: RegExp): boolean {
  try {
    new RegExp(source, 'u')
    return /^[uv]?$/.test(flags)
  } catch {
    return false
  }
}

import { createGateway } from '@postern/core'
import { Ajv } from 'ajv'
import { readSource } from '../../src/config/load.ts'
import { usedPlugins } from '../../src/config/used-plugins.ts'
import { ConfigError, loadConfig } from '../../src/index.ts'
import { configSchema } from '../../src/schema/config-schema.ts'

/** Reads schemas as strictly as ajv can: an unknown word or a type that cannot be is an error. */
export const newAjv = (): Ajv =>
  new Ajv({ strict: true, allowUnionTypes: true, strictTypes: false, strictRequired: false, allErrors: true })

/** What `gw schema` and `gw check` say of the same file: no text for "valid". */
export interface Verdicts {
  readonly schema: string
  readonly check: string
}

/** Judges a file of YAML or JSON by the schema that is made for it, and as `gw check` does. */
export async function judge(file: string): Promise<Verdicts> {
  return (await judgeOf(file))(file)
}

/** Judges files that use the same plugins as this one: their schema is made once. */
export async function judgeOf(file: string): Promise<(file: string) => Promise<Verdicts>> {
  const ajv = newAjv()
  const validate = ajv.compile(configSchema(await usedPlugins(file)))
  return async (one) => {
    const { data } = await readSource(one)
    const schema = validate(data) ? '' : ajv.errorsText(validate.errors)
    return { schema, check: await checkFile(one) }
  }
}

async function checkFile(file: string): Promise<string> {
  try {
    const config = await loadConfig(file)
    try {
      await createGateway(config.plugins, { ...config.options, logger: false }).close()
    } catch (error) {
      throw config.explain(error)
    }
    return ''
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message
  }
}

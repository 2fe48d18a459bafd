import { writeFile } from 'node:fs/promises'
import { findConfig } from '../config/find.ts'
import { ConfigError } from '../config/issues.ts'
import { installedPlugins, usedPlugins } from '../config/used-plugins.ts'
import { displayPath, FailedError, messageOf } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { print, say } from '../output.ts'
import { configSchema } from '../schema/config-schema.ts'

/** Options of `gw schema`. */
export interface SchemaOptions {
  /** Where to write it. Default: standard output. */
  readonly out?: string
}

/**
 * Prints the JSON Schema (draft-07) of configurations with the plugins that a file uses, or with Postern's own.
 *
 * @returns 0 when it was made, 1 when a plugin or the place to write to fails, 2 when there is no such file.
 */
export async function schema(file: string | undefined, { out }: SchemaOptions): Promise<ExitCode> {
  try {
    const plugins =
      file === undefined ? await installedPlugins(process.cwd()) : await usedPlugins(findConfig(file))
    const text = JSON.stringify(configSchema(plugins), null, 2)
    if (out === undefined) print(text)
    else
      await writeTo(
        out,
        text,
        plugins.map(({ use }) => use),
      )
    return EXIT.ok
  } catch (error) {
    throw error instanceof ConfigError ? new FailedError(error.message) : error
  }
}

async function writeTo(out: string, text: string, uses: readonly string[]): Promise<void> {
  try {
    await writeFile(out, `${text}\n`)
  } catch (error) {
    throw new FailedError(`${displayPath(out)} cannot be written: ${messageOf(error)}`)
  }
  say(`Wrote ${displayPath(out)} for ${uses.length === 0 ? 'no plugins' : uses.join(', ')}`)
}

/** The command line of `gw schema`. */
import type { Command } from 'commander'
import type { ExitCode } from '../exit-codes.ts'

const EXAMPLES = `
Examples:
  gw schema                                         Postern's own plugins that are installed
  gw schema gateway.yaml -o gateway.schema.json     those that the file uses

Ends with 0 when it was made, 1 when a plugin is missing or it cannot be written, 2 when there is no such
file.`

/** Adds `gw schema`. */
export function registerSchemaCommand(gw: Command, done: (code: ExitCode) => void): void {
  gw.command('schema')
    .description('print the JSON Schema of a configuration with its plugins, for editors')
    .argument('[file]', "configuration whose plugins count (default: Postern's own that are installed)")
    .option('-o, --out <file>', 'write it to this file')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string | undefined, options: { out?: string }) => {
      const { schema } = await import('../commands/schema.ts')
      done(await schema(file, options))
    })
}

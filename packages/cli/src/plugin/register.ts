/** The command lines for authors of plugins. What they do is loaded when one is asked for. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { ExitCode } from '../exit-codes.ts'
import type { PluginCheckOptions } from './check.ts'
import type { PluginNewOptions } from './new.ts'

const NEW_EXAMPLES = `
Examples:
  gw plugin new postern-plugin-limit
  gw plugin new @acme/plugin-audit --fault observer --schema zod
  gw plugin new postern-plugin-stamp --fault transform --dir packages/stamp

Exit codes: 0 written, 2 the name or the folder cannot be used.`

const CHECK_EXAMPLES = `
Examples:
  gw plugin check                          the package in this folder
  gw plugin check postern-plugin-limit     one that is installed here
  gw plugin check --area contract --area modes
  gw plugin check --core ../postern-core-1 --json

How requests look that the plugin lets through stands in package.json, "postern": { "conformance": "./test/conformance.ts" }.
Exit codes: 0 nothing is wrong, 1 something is, 2 there is no such package.`

/** Adds `gw plugin new` and `gw plugin check`. */
export function registerPluginCommands(gw: Command, done: (code: ExitCode) => void): void {
  const plugin = gw.command('plugin').description('start a plugin, and check one')

  plugin
    .command('new')
    .description('write the package of a new plugin: it builds, tests and packs as it is')
    .argument('<name>', 'npm name: postern-plugin-limit, @acme/plugin-limit')
    .option('-d, --dir <folder>', 'folder to write to (default: the last part of the name)')
    .addOption(
      new Option(
        '--fault <class>',
        'what its faults mean: a guard refuses, an observer is left out, a transform fails',
      )
        .choices(['guard', 'observer', 'transform'])
        .default('guard'),
    )
    .addOption(
      new Option('--schema <library>', 'library for its options')
        .choices(['valibot', 'zod'])
        .default('valibot'),
    )
    .option('--license <id>', 'SPDX id for package.json', 'UNLICENSED')
    .option('--force', 'write into a folder that is not empty, over files of the same names')
    .option('--json', 'print what was written as JSON')
    .addHelpText('after', NEW_EXAMPLES)
    .action(async (name: string, options: PluginNewOptions) => {
      const { pluginNew } = await import('./new.ts')
      done(await pluginNew(name, options))
    })

  plugin
    .command('check')
    .description('run contract and conformance of a plugin, against this core and others')
    .argument('[target]', 'folder of the package, or the name of an installed one (default: this folder)')
    .option('--core <folder>', 'check against this @postern/core, too; may be repeated', collect)
    .option('--area <area>', 'only checks of this area; may be repeated', collect)
    .option('--options <json>', 'options for the plugin', toJson)
    .option('--header <name: value>', 'header of a request that it lets through; may be repeated', collect)
    .option('--path <path>', 'path of a request that it lets through')
    .option('--json', 'print JSON')
    .addHelpText('after', CHECK_EXAMPLES)
    .action(async (target: string | undefined, options: PluginCheckOptions) => {
      const { pluginCheck } = await import('./check.ts')
      done(await pluginCheck(target ?? '.', options))
    })

  plugin.command('run-checks', { hidden: true }).action(async () => {
    const { runChecks } = await import('./check-process.ts')
    await runChecks()
  })
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidArgumentError('Expected JSON, such as {"header":"x-team"}.')
  }
}

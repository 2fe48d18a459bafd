/** The command line of `gw build`. What it does is loaded when it is asked for. */
import type { Command } from 'commander'
import type { ExitCode } from '../exit-codes.ts'
import type { BuildCommandOptions } from './command.ts'

const EXAMPLES = `
Examples:
  gw build                                  gateway.yaml and its plugins into dist/gateway.mjs
  gw build -c edge.ts -o edge.mjs --minify
  gw build --config-external                read the configuration at the start, from a ConfigMap for example
  node dist/gateway.mjs --port 8080         runs it: options are those of gw start
  node dist/gateway.mjs check               all other commands of gw are in it, too

Exit codes: 0 built, 1 something cannot be bundled, 2 no valid configuration, no esbuild, or
it cannot be written.`

/** Adds `gw build`. */
export function registerBuildCommand(gw: Command, done: (code: ExitCode) => void): void {
  gw.command('build')
    .description(
      'make one file of the configuration, its plugins and the gateway, that starts with node alone',
    )
    .option('-c, --config <file>', 'configuration file (default: the one in this folder)')
    .option('-o, --out <file>', 'file to write (default: dist/gateway.mjs)')
    .option(
      '--config-external',
      'leave the configuration out; its plugins are bundled, it is read at the start',
    )
    .option('--minify', 'make it small')
    .option('--sourcemap', 'write a source map beside it, for node --enable-source-maps')
    .option('--json', 'print what was built as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (options: BuildCommandOptions) => {
      const { build } = await import('./command.ts')
      done(await build(options))
    })
}

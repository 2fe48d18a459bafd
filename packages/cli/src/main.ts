import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { registerBuildCommand } from './build/register.ts'
import { registerCheckCommand } from './check/register.ts'
import type { StartOptions } from './commands/start.ts'
import { registerCompletionCommand } from './completion/register.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { registerExplainCommands } from './explain/register.ts'
import { registerInitCommand } from './init/register.ts'
import { registerInOutCommands } from './inout/register.ts'
import { registerLiveCommands } from './live/register.ts'
import { toPort } from './option-values.ts'
import { ownVersion } from './own-version.ts'
import { registerPluginCommands } from './plugin/register.ts'
import { registerLogCommands } from './trace/register.ts'

const configOption = [
  '-c, --config <file>',
  'configuration file (default: gateway.yaml, .yml, .json, .ts, .mts, .js or .mjs in this folder)',
] as const

const START_EXAMPLES = `
Examples:
  gw start
  gw start --config /etc/postern/gateway.yaml --workers auto
  gw start --watch                 while a plugin is written
  gw start --log json | jq .       what a program would see

Exit codes: 0 drained and stopped, 1 cannot listen or was cut short, 2 the configuration is not valid.`

const SCHEMA_EXAMPLES = `
Examples:
  gw schema                                         Postern's own plugins that are installed
  gw schema gateway.yaml -o gateway.schema.json     those that the file uses

Ends with 0 when it was made, 1 when a plugin is missing or it cannot be written, 2 when there is no such
file.`

/**
 * The whole command line: every command with its options and help.
 * @param done gets the exit code of the command that ran.
 */
export function createProgram(done: (code: ExitCode) => void): Command {
  const gw = new Command('gw')
    .description('Runs a Postern gateway from a configuration file, and reads what gateways log.')
    .version(ownVersion(), '-V, --version', 'print the version')
    .exitOverride()
    .showHelpAfterError('Run "gw --help" for what there is.')

  gw.command('start')
    .description('start the gateway; SIGHUP or a change of the file reloads, SIGTERM and SIGINT drain')
    .option(...configOption)
    .option('-p, --port <n>', 'port to listen on, in place of the one in the file', toPort)
    .option('-H, --host <h>', 'address to listen on, in place of the one in the file')
    .option('-w, --workers <n>', 'worker processes, or auto for one per core (default: none)', toWorkers)
    .option('--watch', 'also restart when a module of the configuration or of a plugin changes')
    .option('--no-watch', 'follow no file; SIGHUP still reloads')
    .addOption(
      new Option('--log <form>', 'form of log lines (default: pretty on a terminal, else json)').choices([
        'pretty',
        'json',
      ]),
    )
    .addHelpText('after', START_EXAMPLES)
    .action(async (options: StartOptions) => {
      const { start } = await import('./commands/start.ts')
      done(await start(options))
    })

  gw.command('schema')
    .description('print the JSON Schema of a configuration with its plugins, for editors')
    .argument('[file]', "configuration whose plugins count (default: Postern's own that are installed)")
    .option('-o, --out <file>', 'write it to this file')
    .addHelpText('after', SCHEMA_EXAMPLES)
    .action(async (file: string | undefined, options: { out?: string }) => {
      const { schema } = await import('./commands/schema.ts')
      done(await schema(file, options))
    })
  registerInitCommand(gw, done)
  registerCheckCommand(gw, done)
  registerLogCommands(gw, done)
  registerExplainCommands(gw, done)
  registerLiveCommands(gw, done)
  registerInOutCommands(gw, done)
  registerBuildCommand(gw, done)
  registerPluginCommands(gw, done)
  registerCompletionCommand(gw, done)
  return gw
}

/** Runs one `gw` command line, without the node and script arguments, and gives the exit code. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok
  const gw = createProgram((code) => {
    exitCode = code
  })
  try {
    await gw.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Commander gives 1 for what it refuses, and 0 for help and version that were asked for.
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  }
}

function toWorkers(text: string): number | 'auto' {
  const count = Number(text)
  if (text === 'auto') return text
  if (!/^\d+$/.test(text) || count < 1 || count > 512)
    throw new InvalidArgumentError('Expected auto, or a number from 1 to 512.')
  return count
}

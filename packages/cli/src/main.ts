import { Command, CommanderError } from 'commander'
import { registerBuildCommand } from './build/register.ts'
import { registerCheckCommand } from './check/register.ts'
import { registerCompletionCommand } from './completion/register.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { registerExplainCommands } from './explain/register.ts'
import { registerInitCommand } from './init/register.ts'
import { registerInOutCommands } from './inout/register.ts'
import { registerLiveCommands } from './live/register.ts'
import { ownVersion } from './own-version.ts'
import { registerPluginCommands } from './plugin/register.ts'
import { registerSchemaCommand } from './schema/register.ts'
import { registerStartCommand } from './start/register.ts'
import { registerLogCommands } from './trace/register.ts'

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

  registerStartCommand(gw, done)
  registerSchemaCommand(gw, done)
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

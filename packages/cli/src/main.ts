import { Command, CommanderError } from 'commander'
import { registerBuildCommand } from './build/register.ts'
import { registerCheckCommand } from './check/register.ts'
import { registerCompletionCommand } from './completion/register.ts'
import { CommandError, messageOf } from './errors.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { registerExplainCommands } from './explain/register.ts'
import { registerInitCommand } from './init/register.ts'
import { registerInOutCommands } from './inout/register.ts'
import { registerLiveCommands } from './live/register.ts'
import { print, say } from './output.ts'
import { ownVersion } from './own-version.ts'
import { registerPluginCommands } from './plugin/register.ts'
import { registerSchemaCommand } from './schema/register.ts'
import { registerStartCommand } from './start/register.ts'
import { registerLogCommands } from './trace/register.ts'
import { jsonText } from './trace/text.ts'

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
    const code = exitCodeOf(error)
    if (code === EXIT.ok) return code
    if (error instanceof CommandError) say(error.message)
    // Whoever reads JSON must not find nothing where a command failed.
    if (asksForJson(args, error)) print(jsonText({ error: { message: wordsOf(error), exitCode: code } }))
    if (!(error instanceof CommandError || error instanceof CommanderError)) throw error
    return code
  }
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode
  // Node ends with 1 for what nobody expected.
  if (!(error instanceof CommanderError)) return EXIT.failed
  // Commander gives 1 for what it refuses, which it has said by then, and 0 for help and version that were asked for.
  return error.exitCode === 0 ? EXIT.ok : EXIT.usage
}

function wordsOf(error: unknown): string {
  const words = messageOf(error)
  return error instanceof CommanderError ? words.replace(/^error: /, '') : words
}

/**
 * By the words of the command line, so that it holds for an option that there is not, too. `--format json` counts only once it was
 * accepted: not every command has that form.
 */
function asksForJson(args: readonly string[], error: unknown): boolean {
  if (args.includes('--json')) return true
  if (error instanceof CommanderError) return false
  return args.some(
    (argument, index) =>
      argument === '--format=json' || (argument === 'json' && args[index - 1] === '--format'),
  )
}

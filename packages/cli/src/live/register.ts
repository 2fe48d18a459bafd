/** The command lines of the commands that look at running gateways. What they do is loaded when one is asked for. */
import type { Command } from 'commander'
import type { CensusOptions } from '../commands/census.ts'
import type { StatusOptions } from '../commands/status.ts'
import type { ExitCode } from '../exit-codes.ts'
import { toTimerMs } from '../trace/values.ts'
import type { AskingOptions } from './asking.ts'

const LOGS = 'access logs in place of a running gateway: files (plain, .gz, .zst), folders, or -'
const CONFIG = [
  '-c, --config <file>',
  'configuration file; its "admin" says where the gateway is asked',
] as const
const ADMIN = ['--admin <place>', 'admin listener of the gateway: URL or unix socket'] as const
const RUNNING = ['--running', 'ask the running gateway, in place of the file'] as const
const JSON_OUT = ['--json', 'print JSON'] as const

const help = (examples: string, codes = '0 printed; 2 it cannot be said'): string =>
  `\nExamples:\n${examples}\n\nExit codes: ${codes}.`

/** Adds `gw status`, `gw routes`, `gw plugins`, `gw census` and `gw names`. */
export function registerLiveCommands(gw: Command, done: (code: ExitCode) => void): void {
  gw.command('status')
    .description('show how a running gateway does, redrawn in place: rates, errors, times, health, breakers')
    .option('--once', 'print it once, and end')
    .option('--interval <time>', 'between two looks, at most 1d: 500ms, 2s', toTimerMs, 2_000)
    .option(...JSON_OUT)
    .option(...ADMIN)
    .option(...CONFIG)
    .addHelpText(
      'after',
      help(
        '  gw status\n  gw status --admin http://127.0.0.1:9901 --interval 5s\n  gw status --once --json | jq .services',
        '0 shown; 1 with --once or --json, the gateway is not ready; 2 it cannot be asked',
      ),
    )
    .action(async (options: StatusOptions) => {
      const { status } = await import('../commands/status.ts')
      done(await status(options))
    })

  gw.command('routes')
    .description('list the routes: what they match, where they lead, what is asked of callers')
    .option(...RUNNING)
    .option(...JSON_OUT)
    .option(...ADMIN)
    .option(...CONFIG)
    .addHelpText('after', help('  gw routes\n  gw routes --running\n  gw routes --json | jq -r .[].id'))
    .action(async (options: AskingOptions) => {
      const { routes } = await import('../commands/routes.ts')
      done(await routes(options))
    })

  gw.command('plugins')
    .description('list the plugins in the order in which they run; of a running gateway what each costs')
    .option(...RUNNING)
    .option(...JSON_OUT)
    .option(...ADMIN)
    .option(...CONFIG)
    .addHelpText('after', help('  gw plugins\n  gw plugins --running'))
    .action(async (options: AskingOptions) => {
      const { plugins } = await import('../commands/plugins.ts')
      done(await plugins(options))
    })

  gw.command('census')
    .description('list who calls with which credentials, and who is or would be refused')
    .argument('[logs...]', LOGS)
    .option('--draft', 'print the policy that lets in whoever came, from a running gateway')
    .option(...JSON_OUT)
    .option(...ADMIN)
    .option(...CONFIG)
    .addHelpText(
      'after',
      help('  gw census\n  gw census --draft > policy.json\n  gw census access.log access.log.*.gz'),
    )
    .action(async (logs: string[], options: CensusOptions) => {
      const { census } = await import('../commands/census.ts')
      done(await census(logs, options))
    })

  gw.command('names')
    .description('list old names of services, and who still uses them')
    .argument('[logs...]', LOGS)
    .option(...JSON_OUT)
    .option(...ADMIN)
    .option(...CONFIG)
    .addHelpText('after', help('  gw names\n  gw names --admin ./admin.sock\n  gw names access.log'))
    .action(async (logs: string[], options: AskingOptions) => {
      const { names } = await import('../commands/names.ts')
      done(await names(logs, options))
    })
}

/** The command line of `gw check`. */
import { type Command, Option } from 'commander'
import type { CheckOptions } from '../commands/check.ts'
import type { ExitCode } from '../exit-codes.ts'
import { CONFIG_OPTION } from '../option-values.ts'

const EXAMPLES = `
Examples:
  gw check                                      the configuration in this folder
  gw check -c deploy/gateway.yaml --strict      and what is unwise in it
  gw check --strict --fail-on error             end with 1 on errors alone
  gw check --strict --format sarif > gw.sarif   for a code host or an editor

Ends with 0 when nothing is wrong, 1 when something is, 2 when there is nothing to check.`

/** Adds `gw check`. */
export function registerCheckCommand(gw: Command, done: (code: ExitCode) => void): void {
  gw.command('check')
    .description('say everything that is wrong with the configuration, or the order in which its plugins run')
    .option(...CONFIG_OPTION)
    .option('--strict', 'audit it as well: what is valid and unwise, with why and what to do')
    .addOption(
      new Option(
        '--fail-on <severity>',
        'end with 1 when the audit finds this or worse (default: warning)',
      ).choices(['error', 'warning', 'advice', 'none']),
    )
    .addOption(
      new Option('--format <form>', 'form of the output (default: text)').choices(['text', 'json', 'sarif']),
    )
    .option('--json', 'short for --format json')
    .addHelpText('after', EXAMPLES)
    .action(async (options: CheckOptions) => {
      const { check } = await import('../commands/check.ts')
      done(await check(options))
    })
}

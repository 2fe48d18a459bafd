/** The command line of `gw start`. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { StartOptions } from '../commands/start.ts'
import type { ExitCode } from '../exit-codes.ts'
import { CONFIG_OPTION, toPort } from '../option-values.ts'

const EXAMPLES = `
Examples:
  gw start
  gw start --config /etc/postern/gateway.yaml --workers auto
  gw start --watch                 while a plugin is written
  gw start --log json | jq .       what a program would see

Exit codes: 0 drained and stopped, 1 cannot listen or was cut short, 2 the configuration is not valid.`

/** Adds `gw start`. */
export function registerStartCommand(gw: Command, done: (code: ExitCode) => void): void {
  gw.command('start')
    .description('start the gateway; SIGHUP or a change of the file reloads, SIGTERM and SIGINT drain')
    .option(...CONFIG_OPTION)
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
    .addHelpText('after', EXAMPLES)
    .action(async (options: StartOptions) => {
      const { start } = await import('../commands/start.ts')
      done(await start(options))
    })
}

function toWorkers(text: string): number | 'auto' {
  const count = Number(text)
  if (text === 'auto') return text
  if (!/^\d+$/.test(text) || count < 1 || count > 512)
    throw new InvalidArgumentError('Expected auto, or a number from 1 to 512.')
  return count
}

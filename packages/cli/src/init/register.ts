/** The command line of `gw init`. */
import { Argument, type Command, Option } from 'commander'
import type { InitOptions } from '../commands/init.ts'
import type { ExitCode } from '../exit-codes.ts'
import { toPort } from '../option-values.ts'

const EXAMPLES = `
Examples:
  gw init                                                asks, at a terminal
  gw init trace --upstream http://127.0.0.1:3000         nothing is left to ask
  gw init auth --issuer https://idp.internal --audience gateway --mode shadow
  gw init auth --credentials api-keys --caller checkout > key.txt
  gw init routing --service orders --upstream http://127.0.0.1:4001 --format ts

Ends with 0 when the file is written, 1 when it cannot be or somebody gave up, 2 when an answer is
missing or wrong, or a file is in the way.`

/** Adds `gw init`. */
export function registerInitCommand(gw: Command, done: (code: ExitCode) => void): void {
  gw.command('init')
    .description('write the first configuration, with one function: auth, trace or routing')
    .addArgument(new Argument('[function]', 'what to start with').choices(['auth', 'trace', 'routing']))
    .option('--upstream <url>', 'address of the service behind the gateway (default: http://127.0.0.1:3000)')
    .addOption(
      new Option('--credentials <kind>', 'auth: how callers prove who they are (default: jwt)').choices([
        'jwt',
        'api-keys',
      ]),
    )
    .option('--issuer <url>', 'auth with jwt: who issues the tokens')
    .option('--audience <name>', 'auth with jwt: whom the tokens are for (default: gateway)')
    .option('--caller <name>', 'auth with api-keys: whose the first key is (default: first-caller)')
    .addOption(
      new Option(
        '--mode <mode>',
        'auth: shadow lets everybody pass and records, enforce refuses (default: shadow)',
      ).choices(['shadow', 'enforce']),
    )
    .option('--service <name>', 'routing: name of the service (default: orders)')
    .option('--path <prefix>', 'routing: paths that lead to it (default: / and its name)')
    .option('--port <n>', 'port to listen on (default: 8080)', toPort)
    .addOption(new Option('--format <form>', 'form of the file (default: yaml)').choices(['yaml', 'ts']))
    .option('--schema', 'write gateway.schema.json as well, for editors')
    .option('--no-schema', 'do not, and do not ask')
    .option('-o, --out <file>', 'file to write (default: gateway.yaml or gateway.config.ts)')
    .option('--force', 'overwrite files that are there')
    .option('-y, --yes', 'ask nothing: take the defaults')
    .option('--json', 'print JSON: files, the new key, the next commands')
    .addHelpText('after', EXAMPLES)
    .action(async (start: string | undefined, options: InitOptions) => {
      const { init } = await import('../commands/init.ts')
      done(await init(start, options))
    })
}

/** The command lines of the way in and out. What they do is loaded when one is asked for. */
import type { Command } from 'commander'
import type { AssessOptions } from '../commands/assess.ts'
import type { EjectOptions } from '../commands/eject.ts'
import type { MigrateOptions } from '../commands/migrate.ts'
import type { ExitCode } from '../exit-codes.ts'
import { toHeader, toList, toUrl } from '../option-values.ts'
import { toCount, toTimerMs } from '../trace/values.ts'

/** Adds `gw migrate`, `gw eject` and `gw assess`. */
export function registerInOutCommands(gw: Command, done: (code: ExitCode) => void): void {
  gw.command('migrate')
    .description('write a configuration from the one of another gateway, and list what will change')
    .argument(
      '<file>',
      'JavaScript or TypeScript that sets up @fastify/http-proxy, http-proxy-middleware or fast-gateway, or gateway.config.yml of express-gateway',
    )
    .option('-o, --out <folder>', 'folder that gets gateway.yaml and MIGRATION.md (default: this one)')
    .option('--force', 'write over files that are there')
    .option('--json', 'print the configuration and the changes as JSON, and write nothing')
    .addHelpText(
      'after',
      `
A JavaScript file is run in a process that can read files and nothing else, with stand-ins for its proxy packages.

Examples:
  gw migrate src/proxy.js --out gateway     from the calls in a file
  gw migrate config/gateway.config.yml      from express-gateway
  ORDERS_URL=http://orders:3000 gw migrate src/proxy.js --json

Exit codes: 0 all is written, 1 something must be filled in, 2 it cannot be read.`,
    )
    .action(async (file: string, options: MigrateOptions) => {
      const { migrate } = await import('../commands/migrate.ts')
      done(await migrate(file, options))
    })

  gw.command('eject')
    .description('write what callers and a service need to do without the gateway, and list what is lost')
    .argument('[service]', 'name of a service of the configuration')
    .option('-c, --config <file>', 'configuration file (default: the first that is found)')
    .option('--all', 'every service')
    .option('-o, --out <folder>', 'folder that gets the files (default: eject/SERVICE)')
    .option('--force', 'write over files that are there')
    .option('--json', 'print JSON, and write nothing')
    .option(
      '--gateway <url>',
      'by which callers know the gateway; with --check where it runs (default there: where the configuration listens)',
      toUrl,
    )
    .option(
      '--check <file>',
      'send GET and HEAD of an access log or a list of paths both ways, and compare; writes nothing',
    )
    .option('--sample <n>', '  as many requests, spread over the file (default: 100)', toCount)
    .option('--direct <url>', '  address of the service, needed where it is not on this machine', toUrl)
    .option('-H, --header <line>', '  header of every request, "name: value"; may be repeated', toHeader)
    .option(
      '--compare-header <name>',
      '  header that must be equal; may be repeated (default: content-type, location, www-authenticate)',
      toList,
    )
    .addHelpText(
      'after',
      `
Examples:
  gw eject orders --gateway http://gateway.internal     writes eject/orders
  gw eject --all --out way-out
  gw eject orders --check access.log --sample 50 -H "authorization: Bearer $TOKEN"
  gw eject orders --check paths.txt --direct http://10.0.1.7:4001

Exit codes: 0 written, or all answers are equal; 1 answers differ; 2 it cannot be done as asked.`,
    )
    .action(async (service: string | undefined, options: EjectOptions) => {
      const { eject } = await import('../commands/eject.ts')
      done(await eject(service, options))
    })

  gw.command('assess')
    .description('say from logs and source whether a gateway is needed, and what to start with')
    .argument('[logs...]', 'access logs of gateways, or JSON lines of services, and folders of them')
    .option('--repo <folder>', 'source of services, with its git history; may be repeated', toList)
    .option('--since <time>', 'how far back the history is read, as git takes it (default: 24 months ago)')
    .option('--max-time <time>', 'how long all of it may take, at most 1d (default: 2m)', toTimerMs)
    .option('--json', 'print everything that was found as JSON')
    .addHelpText(
      'after',
      `
Examples:
  gw assess --repo ../orders --repo ../basket
  gw assess /var/log/services --repo . --since "6 months ago"
  gw assess access.log --json

Exit codes: 0 there is a verdict, 1 nothing given answers a question, 2 there is nothing to read.`,
    )
    .action(async (logs: string[], options: AssessOptions) => {
      const { assess } = await import('../commands/assess.ts')
      done(await assess(logs, options))
    })
}

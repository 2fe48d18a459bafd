/** The command lines of the way in and out. What they do is loaded when one is asked for. */
import type { Command } from 'commander'
import type { MigrateOptions } from '../commands/migrate.ts'
import type { ExitCode } from '../exit-codes.ts'

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
}

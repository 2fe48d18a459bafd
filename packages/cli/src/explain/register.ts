/** The command lines of the commands that tell what a configuration means. What they do is loaded when one is asked for. */
import { isIP } from 'node:net'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { DiffOptions } from '../commands/diff.ts'
import type { ExplainOptions } from '../commands/explain.ts'
import type { ExitCode } from '../exit-codes.ts'
import { CONFIG_OPTION } from '../option-values.ts'
import { toHeader } from './request.ts'

/** Adds `gw explain` and `gw diff`. */
export function registerExplainCommands(gw: Command, done: (code: ExitCode) => void): void {
  gw.command('explain')
    .description(
      'say what would become of a request: route, plugins, auth, endpoints, the request sent upstream',
    )
    .argument('[method]', 'method')
    .argument('[url]', 'URL as the caller writes it, or a path')
    .option('-H, --header <line>', 'header of the request; may be repeated', toHeader)
    .option('--from <address>', 'address of the client', toAddress, '127.0.0.1')
    .option('--running', 'ask the running gateway, whose admin listener the configuration names')
    .option('--admin <place>', 'ask the running gateway with this admin listener: URL or unix socket')
    .option('--trace <id>', 'in place of a request: what the running gateway did with recent ones of a trace')
    .option('--all', 'show why each of the other routes was not taken')
    .option('--json', 'print JSON')
    .option(...CONFIG_OPTION)
    .addHelpText(
      'after',
      `
Nothing is sent: the request stops where it would leave the gateway, and guards are not asked.

Examples:
  gw explain GET http://shop.internal/orders/7
  gw explain POST /orders -H 'content-type: application/json' --from 10.1.2.3
  gw explain GET /orders/7 --running
  gw explain --trace 4bf92f35 --admin http://127.0.0.1:9901

Exit codes: 0 it would be forwarded; 1 it would not, or no exchange has the trace; 2 it cannot be said.`,
    )
    .action(async (method: string | undefined, url: string | undefined, options: ExplainOptions) => {
      const { explain } = await import('../commands/explain.ts')
      done(await explain(method, url, options))
    })

  gw.command('diff')
    .description('say what a new configuration changes in meaning, the gravest first')
    .argument('<before>', 'configuration file, or REV:path of a revision of git')
    .argument('<after>', 'configuration file, or REV:path of a revision of git')
    .option('--shapes <logs...>', 'also ask both about the kinds of requests in these access logs')
    .addOption(
      new Option('--format <form>', 'form of the output')
        .choices(['text', 'markdown', 'json'])
        .default('text'),
    )
    .option('--json', 'the same as --format json')
    .addHelpText(
      'after',
      `
Another order, or another way to write the same, is no difference. No traffic is sent.

Examples:
  gw diff gateway.yaml new.yaml
  gw diff main:gateway.yaml gateway.yaml --format markdown
  gw diff HEAD~1:gateway.yaml gateway.yaml --shapes access.log access.log.*.gz

Exit codes: 0 the same meaning; 1 it differs; 2 one of both cannot be read or is not valid.`,
    )
    .action(async (before: string, after: string, options: DiffOptions) => {
      const { diff } = await import('../commands/diff.ts')
      done(await diff(before, after, options))
    })
}

function toAddress(text: string): string {
  if (isIP(text) === 0) throw new InvalidArgumentError('Expected an IP address.')
  return text
}

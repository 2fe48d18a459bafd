import { createGateway, type Gateway, type ListenAddress } from '@postern/core'
import { findConfig } from '../config/find.ts'
import { ConfigError, displayPath, messageOf, UsageError } from '../config/issues.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import type { ListenConfig } from '../config/schema.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { pluginLines, say, table } from '../output.ts'
import { runUntilStopped } from '../run.ts'

/** Options of `gw start`. */
export interface StartOptions {
  /** The configuration file. Default: the first that is found. */
  readonly config?: string
  /** Wins over the file's `listen.port`. */
  readonly port?: number
  /** Wins over the file's `listen.host`. */
  readonly host?: string
}

/** Starts a gateway and keeps it running until a signal ends it. */
export async function start(options: StartOptions): Promise<ExitCode> {
  const overrides: ListenConfig = { port: options.port, host: options.host }
  let config: LoadedConfig
  let gateway: Gateway
  try {
    config = await loadConfig(findConfig(options.config))
    gateway = build(config)
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof ConfigError)) throw error
    say(error.message)
    return EXIT.usage
  }

  const listen = listenOf(config, overrides)
  let address: ListenAddress
  try {
    address = await gateway.listen(listen)
  } catch (error) {
    say(`Cannot listen: ${messageOf(error)}`)
    await gateway.close({ graceMs: 0 })
    return EXIT.failed
  }
  return runUntilStopped({
    gateway,
    config,
    listenOf: (loaded) => listenOf(loaded, overrides),
    announcement: block(config, gateway, address),
  })
}

function build(config: LoadedConfig): Gateway {
  try {
    return createGateway(config.plugins, config.options)
  } catch (error) {
    throw config.explain(error)
  }
}

function listenOf({ listen }: LoadedConfig, overrides: ListenConfig): { host: string; port: number } {
  return { host: overrides.host ?? listen.host ?? '127.0.0.1', port: overrides.port ?? listen.port ?? 8080 }
}

function block(config: LoadedConfig, gateway: Gateway, address: ListenAddress): string {
  const { upstream } = config.options
  const url = typeof upstream === 'object' ? upstream.url : upstream
  return `Postern is listening on ${address.url}\n${table([
    ['config', [displayPath(config.file)]],
    ...(url === undefined ? [] : [['upstream', [url]] as const]),
    ['plugins', pluginLines(gateway.plugins())],
  ])}`
}

import { createGateway, type Gateway, type ListenAddress, type ListenOptions } from '@postern/core'
import { findConfig } from '../config/find.ts'
import { ConfigError } from '../config/issues.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { displayPath, messageOf, UsageError } from '../errors.ts'
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

  const listen = listenOf(config, options)
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
    address,
    listenOf: (loaded) => listenOf(loaded, options),
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

/** Host and port of the command line win, over a unix socket too. */
function listenOf({ listen }: LoadedConfig, { host, port }: StartOptions): ListenOptions {
  const { socketPath, ...others } = listen
  if (socketPath !== undefined && host === undefined && port === undefined) return listen
  return { ...others, host: host ?? listen.host ?? '127.0.0.1', port: port ?? listen.port ?? 8080 }
}

function block(config: LoadedConfig, gateway: Gateway, address: ListenAddress): string {
  const { upstream } = config.options
  const url = typeof upstream === 'object' ? upstream.url : upstream
  return `Postern is listening on ${address.socketPath || address.url}\n${table([
    ['config', [displayPath(config.file)]],
    ...(url === undefined ? [] : [['upstream', [url]] as const]),
    ['plugins', pluginLines(gateway.plugins())],
  ])}`
}
